-- grain: one row per panel, day of acquisition and salesperson of the panel, zeros included (LR-43
-- to LR-49)
with {{ seller_cohorts(['acquired_date']) }}

select
    panel_id,
    acquired_date,
    user_id,
    user_name,
    handed_over,
    contacted,
    cp1_entered,
    cp2_entered,
    final_entered
from final
