-- grain: one row per e-mail
select e.*, p.person_id
from {{ ref('stg_emails') }} as e
left join {{ ref('int_contact_survivors_resolved') }} as s on e.contact_id = s.contact_id
left join {{ ref('int_persons_resolved') }} as p on coalesce(s.surviving_contact_id, e.contact_id) = p.contact_id
where e.sent_at < {{ as_of() }}
