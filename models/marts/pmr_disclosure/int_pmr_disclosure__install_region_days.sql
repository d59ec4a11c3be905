-- Grain: one row per cell of the industry report: whether it is withheld, once the tables of installs by region and
-- day are settled.
{{ pmr_settled('install_region_days', ref('int_pmr_disclosure__install_days')) }}
