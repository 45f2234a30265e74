{# What came back for the money, from sums by month, channel, source, medium and campaign: the sums, and
   the ratios that are never added up. #}
{% macro channel_return(sums) -%}
    select
        month,
        channel,
        source,
        medium,
        campaign,
        spend_rc,
        contacts,
        leads,
        deals_created,
        deals_won,
        clients,
        revenue_rc,
        margin_rc,
        {{ ratio('spend_rc', 'leads') }} as cpl,
        {{ ratio('spend_rc', 'contacts') }} as cost_per_contact,
        {{ ratio('spend_rc', 'clients') }} as cac,
        {{ ratio('spend_rc', 'deals_won') }} as cpo,
        {{ ratio('revenue_rc', 'spend_rc') }} as roas,
        case
            when deals_with_margin = deals_won
                then 100 * {{ ratio('margin_rc - spend_rc', 'spend_rc') }}
        end as romi_pct,
        100 * {{ ratio('revenue_rc - spend_rc', 'spend_rc') }} as romi_revenue_pct,
        planned_spend_rc,
        paid_rc,
        deals_with_margin,
        revenue_with_margin_rc
    from {{ sums }}
{%- endmacro %}
