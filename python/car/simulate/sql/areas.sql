-- Where: distribution areas and regions.

-- The fourteen distribution areas (published distributor ids, licensees and groups) and their regions.
create or replace table areas (
    area_no integer, distributor_id integer, party_id varchar, licensee varchar, owner_group varchar,
    csp_region varchar, outward varchar
);

insert into areas values
(1, 10, 'EELC', 'Eastern Power Networks', 'UK Power Networks', 'Central', 'NR'),
(2, 11, 'EMEB', 'NGED East Midlands', 'National Grid Electricity Distribution', 'Central', 'NG'),
(3, 12, 'LOND', 'London Power Networks', 'UK Power Networks', 'South', 'SW'),
(4, 13, 'MANW', 'SP Manweb', 'SP Energy Networks', 'Central', 'CH'),
(5, 14, 'MIDE', 'NGED West Midlands', 'National Grid Electricity Distribution', 'Central', 'B'),
(6, 15, 'NEEB', 'Northern Powergrid (Northeast)', 'Northern Powergrid', 'North', 'NE'),
(7, 16, 'NORW', 'Electricity North West', 'Electricity North West', 'North', 'M'),
(8, 17, 'HYDE', 'Scottish Hydro Electric Power Distribution', 'Scottish and Southern Electricity Networks',
    'North', 'IV'),
(9, 18, 'SPOW', 'SP Distribution', 'SP Energy Networks', 'North', 'G'),
(10, 19, 'SEEB', 'South Eastern Power Networks', 'UK Power Networks', 'South', 'ME'),
(11, 20, 'SOUT', 'Southern Electric Power Distribution', 'Scottish and Southern Electricity Networks', 'South', 'SO'),
(12, 21, 'SWAE', 'NGED South Wales', 'National Grid Electricity Distribution', 'Central', 'CF'),
(13, 22, 'SWEB', 'NGED South West', 'National Grid Electricity Distribution', 'South', 'EX'),
(14, 23, 'YELG', 'Northern Powergrid (Yorkshire)', 'Northern Powergrid', 'North', 'LS');

-- Regions by number, with their usual Round Trip Time; 7 stands for SMETS1. They differ by less than would look like
-- a cause to a network operator, who has one region alone.
create or replace table regions (region_no integer, csp_region varchar, usual_rtt_ms integer);

insert into regions values
(1, 'North', 3700), (2, 'Central', 2800), (3, 'South', 2900), (4, '4G North', 2400), (5, '4G Central', 2200),
(6, '4G South', 2300), (7, 'SMETS1', 3400);
