-- Grain: one row per cell of the industry report: whether it is withheld, once the tables of SRVs by region are
-- settled.
{{ pmr_settled('process_regions', ref('int_pmr_disclosure__once')) }}
