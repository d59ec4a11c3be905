-- Grain: one row per cell of the industry report: whether it is withheld, once the measures over parts of a process
-- are settled by Device Type.
{{ pmr_settled('measure_types', ref('int_pmr_disclosure__measure_segments')) }}
