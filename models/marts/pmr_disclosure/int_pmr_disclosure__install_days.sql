-- Grain: one row per cell of the industry report: whether it is withheld, once the tables of installs by Device Type
-- and day are settled.
{{ pmr_settled('install_days', ref('int_pmr_disclosure__region_days')) }}
