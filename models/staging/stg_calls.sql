-- grain: one row per call_id, the latest delivered
-- Rows of one call in one file are its legs, added up.
{%- set contract = landing_contract()['calls'] %}
{%- set added_up = ['started_at', 'user_id', 'status', 'wait_seconds', 'talk_seconds'] %}
with calls as (
    select * from ({{ staged('calls', days=['started_at']) }}) as staged_calls
),

superseded as (
    {{ superseded_rows('calls') }}
),

earlier_rows as (
    select
        landed.call_id,
        {%- for name in added_up %}
        {{ landed_value(contract, name) }} as {{ name }},
        {%- endfor %}
        landed._row_number,
        landed._load_id
    from {{ source('landing', 'calls') }} as landed
    inner join superseded
        on landed._load_id = superseded._load_id
        and landed._row_number = superseded._row_number
),

latest_rows as (
    select
        call_id,
        {{ added_up | join(',\n        ') }},
        _row_number,
        _load_id
    from calls
    where call_id in (select earlier_rows.call_id from earlier_rows)
),

-- A row of the same start and user is the same leg, delivered again.
legs as (
    select rows_of_file.*
    from (
        select * from earlier_rows
        union all
        select * from latest_rows
    ) as rows_of_file
    inner join latest_rows as latest
        on rows_of_file.call_id = latest.call_id
        and rows_of_file._load_id = latest._load_id
    qualify
        row_number() over (
            partition by rows_of_file.call_id, rows_of_file.started_at, rows_of_file.user_id
            order by rows_of_file._row_number desc
        ) = 1
),

placed as (
    select
        *,
        row_number() over (
            partition by call_id
            order by started_at, _row_number
        ) as leg_no,
        coalesce(
            max(case when status = 'answered' then 1 end) over (
                partition by call_id
                order by started_at, _row_number
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) = 1 as is_after_answer
    from legs
),

-- The caller waits until the first answer.
summed as (
    select
        call_id,
        min(started_at) as started_at,
        coalesce(
            min_by(user_id, leg_no) filter (where status = 'answered'),
            max_by(user_id, leg_no)
        ) as user_id,
        case
            when bool_or(status = 'answered') then 'answered' else max_by(status, leg_no)
        end as status,
        cast(sum(wait_seconds) filter (where not is_after_answer) as bigint) as wait_seconds,
        cast(sum(talk_seconds) as bigint) as talk_seconds,
        count(*) as legs
    from placed
    group by call_id
),

final as (
    select
        {%- for name in contract.types %}
        {%- if name in added_up %}
        case when summed.legs > 1 then summed.{{ name }} else calls.{{ name }} end as {{ name }},
        {%- else %}
        calls.{{ name }},
        {%- endif %}
        {%- endfor %}
        calls.started_at_is_day,
        coalesce(summed.legs, 1) as legs,
        calls.source_system,
        calls._delivery_date,
        calls._source_file,
        calls._row_number,
        calls._load_id
    from calls
    left join summed on calls.call_id = summed.call_id
)

select * from final
