-- Grain: one row per cell of the industry report: whether it is withheld, once the lines of no table are closed.
{{ pmr_settled(
    'once',
    ref('int_pmr_disclosure__alone'),
    levels=['lines.level = 1', 'lines.level = 2', 'lines.level = 3', 'lines.level = 4'],
) }}
