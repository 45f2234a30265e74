{# The natural key of every landed entity as SQL over its raw text (a test compares it with
   ingestion/contract.py). Instants and dates are cast, because one can be written in many ways. #}
{% macro entity_keys() -%}
    {{ return({
        'users': ['user_id'],
        'contacts': ['contact_id'],
        'contact_merges': ['merged_contact_id'],
        'contact_tags': ['contact_id', 'tag', to_instant('occurred_at'), "coalesce(action, 'add')"],
        'contact_owners': ['contact_id', 'to_user_id', to_instant('occurred_at')],
        'contact_stages': ['contact_id', 'pipeline', 'stage', to_instant('occurred_at')],
        'pipeline_stages': ['pipeline', 'stage'],
        'deals': ['deal_id'],
        'deal_stages': ['deal_id', 'stage', to_instant('occurred_at')],
        'deal_contacts': ['deal_id', 'contact_id'],
        'payments': ['payment_id'],
        'tasks': ['task_id'],
        'meetings': ['meeting_id'],
        'emails': ['email_id'],
        'time_entries': ['entry_id'],
        'targets': ['month', 'level', 'level_id', 'metric'],
        'surveys': ['response_id'],
        'calls': ['call_id'],
        'tracking_numbers': ['phone', to_instant('valid_from')],
        'number_leases': ['phone', 'session_id', to_instant('leased_at')],
        'sessions': ['session_id'],
        'enquiries': ['enquiry_id'],
        'manual_costs': ['cost_id'],
        'fx_rates': [to_date('date'), 'currency'],
    }) }}
{%- endmacro %}
