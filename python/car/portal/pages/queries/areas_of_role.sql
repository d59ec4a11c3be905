-- One row per area in which the role has files.
select distinct split_part(files.path, '/', 1) as area
from release.files
cross join release.recipient
where split_part(files.path, '/', 2) = recipient.role
order by area
