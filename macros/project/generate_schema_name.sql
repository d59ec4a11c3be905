{#- Schemas are named as the layers are, without the target's prefix: `staging.stg_parties`. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name is not none else target.schema }}
{%- endmacro %}
