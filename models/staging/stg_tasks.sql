-- grain: one row per task_id, the latest delivered
{{ staged('tasks', days=['due_at']) }}
