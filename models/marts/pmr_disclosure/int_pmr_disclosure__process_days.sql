-- Grain: one row per cell of the industry report: whether it is withheld, once the tables of SRVs by day are settled.
{{ pmr_settled('process_days', ref('int_pmr_disclosure__measure_types')) }}
