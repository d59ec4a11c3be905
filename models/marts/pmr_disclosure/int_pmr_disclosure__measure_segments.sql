-- Grain: one row per cell of the industry report: whether it is withheld, once the measures over parts of a process
-- are settled by region.
{{ pmr_settled('measure_segments', ref('int_pmr_disclosure__process_regions')) }}
