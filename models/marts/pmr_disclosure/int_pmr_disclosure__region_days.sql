-- Grain: one row per cell of the industry report: whether it is withheld, once the tables of regions by day are
-- settled.
{{ pmr_settled('region_days', ref('int_pmr_disclosure__process_days')) }}
