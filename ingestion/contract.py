"""The landing contract: every entity, its columns, their types and their rules.

One declaration serves everything that must agree on it: reading and quarantine, mapping files, the
raw tables, the staging models (a test compares them) and the demo company.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Type = Literal["text", "timestamp", "date", "integer", "decimal", "boolean", "month"]
Kind = Literal["keyed", "event", "spend"]


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    ``key`` marks the (part of the) natural key, ``allowed`` the only values that are read,
    ``minimum``/``maximum`` the inclusive bounds of a number, ``default`` the value that an empty
    cell stands for, ``personal`` a value that never leaves the pii file.
    """

    name: str
    type: Type = "text"
    required: bool = False
    key: bool = False
    allowed: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    default: str | None = None
    personal: bool = False


@dataclass(frozen=True)
class Entity:
    """One entity of the landing contract.

    ``kind`` says how deliveries combine: ``keyed`` (the latest row of a key wins), ``event`` (rows
    that agree on the natural key are one event), ``spend`` (the latest delivery of an account's day
    replaces that day). ``event_time`` names the column whose value may not lie after the delivery
    day + 1.
    """

    name: str
    kind: Kind
    columns: tuple[Column, ...]
    event_time: str | None = None

    def column(self, name: str) -> Column | None:
        """The column of that name, or ``None``."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def key(self) -> tuple[str, ...]:
        """The names of the natural key's columns, in order."""
        return tuple(column.name for column in self.columns if column.key)


def _parse(spec: str) -> tuple[Column, ...]:
    """Columns from the contract's short notation, one per line: ``name [flags] [type] [rules]``."""
    columns = []
    for line in spec.strip().splitlines():
        name, *words = line.split()
        required, key, personal = False, False, False
        type_: Type = "text"
        allowed: tuple[str, ...] = ()
        default: str | None = None
        minimum: int | None = None
        maximum: int | None = None
        for word in words:
            head, _, tail = word.partition("=")
            match head:
                case "R" | "K" | "RK":
                    required, key = "R" in head, "K" in head
                case "personal":
                    personal = True
                case "timestamp" | "date" | "integer" | "decimal" | "boolean" | "month":
                    type_ = head
                case "in":
                    allowed = tuple(tail.split(","))
                case "default":
                    default = tail
                case "min":
                    minimum = int(tail)
                case "max":
                    maximum = int(tail)
                case _:
                    raise ValueError(f"contract line {line!r}: {word!r} is unknown")
        columns.append(
            Column(name, type_, required, key, allowed, minimum, maximum, default, personal)
        )
    return tuple(columns)


def _entity(name: str, kind: Kind, spec: str, event_time: str | None = None) -> Entity:
    return Entity(name, kind, _parse(spec), event_time)


ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        _entity(
            "users",
            "keyed",
            """
            user_id RK
            name R
            email
            role
            team
            is_active boolean default=true
            updated_at timestamp
            """,
        ),
        _entity(
            "contacts",
            "keyed",
            """
            contact_id RK
            created_at R timestamp
            updated_at timestamp
            first_name personal
            middle_name personal
            last_name personal
            email personal
            phone personal
            company
            country
            region
            city
            gender
            birth_date date personal
            owner_user_id
            lead_source
            lead_medium
            lead_campaign
            is_deleted boolean default=false
            """,
        ),
        _entity(
            "contact_merges",
            "keyed",
            """
            merged_contact_id RK
            surviving_contact_id R
            merged_at R timestamp
            """,
        ),
        _entity(
            "contact_tags",
            "event",
            """
            contact_id RK
            tag RK
            occurred_at RK timestamp
            action K in=add,remove default=add
            actor_user_id
            actor_type in=user,automation
            """,
            event_time="occurred_at",
        ),
        _entity(
            "contact_owners",
            "event",
            """
            contact_id RK
            from_user_id
            to_user_id RK
            occurred_at RK timestamp
            """,
            event_time="occurred_at",
        ),
        _entity(
            "contact_stages",
            "event",
            """
            contact_id RK
            pipeline RK
            stage RK
            occurred_at RK timestamp
            actor_user_id
            """,
            event_time="occurred_at",
        ),
        _entity(
            "pipeline_stages",
            "keyed",
            """
            pipeline RK
            stage RK
            position R integer
            kind R in=open,won,lost
            probability decimal min=0 max=1
            """,
        ),
        _entity(
            "deals",
            "keyed",
            """
            deal_id RK
            created_at R timestamp
            updated_at timestamp
            title personal
            contact_id
            pipeline R
            stage
            owner_user_id
            status R in=open,won,lost,deleted
            closed_at timestamp
            amount decimal
            currency
            margin decimal
            product
            competitor
            lost_reason
            source
            medium
            campaign
            content
            term
            creation_method in=crm,api,manual,excel
            deal_url
            tags
            """,
        ),
        _entity(
            "deal_stages",
            "event",
            """
            deal_id RK
            pipeline R
            stage RK
            occurred_at RK timestamp
            actor_user_id
            """,
            event_time="occurred_at",
        ),
        _entity(
            "deal_contacts",
            "keyed",
            """
            deal_id RK
            contact_id RK
            is_primary boolean default=false
            """,
        ),
        _entity(
            "payments",
            "keyed",
            """
            payment_id RK
            deal_id R
            paid_at R timestamp
            amount R decimal
            currency R
            """,
        ),
        _entity(
            "tasks",
            "keyed",
            """
            task_id RK
            created_at R timestamp
            due_at timestamp
            done_at timestamp
            status R in=open,done,cancelled
            type
            title personal
            user_id
            contact_id
            deal_id
            """,
        ),
        _entity(
            "meetings",
            "keyed",
            """
            meeting_id RK
            created_at R timestamp
            starts_at R timestamp
            ends_at timestamp
            type in=meeting,demo,training
            status in=planned,held,no_show,cancelled
            user_id
            contact_id
            deal_id
            """,
        ),
        _entity(
            "emails",
            "keyed",
            """
            email_id RK
            sent_at R timestamp
            direction R in=in,out
            kind in=one_to_one,campaign
            user_id
            contact_id
            deal_id
            campaign
            thread_id
            bounced boolean
            opened_at timestamp
            clicked_at timestamp
            replied_at timestamp
            """,
        ),
        _entity(
            "time_entries",
            "keyed",
            """
            entry_id RK
            user_id R
            date R date
            activity R in=selling,planning,data_entry,other
            hours R decimal min=0
            """,
        ),
        _entity(
            "targets",
            "keyed",
            """
            month RK month
            level RK in=company,team,user
            level_id K
            metric RK in=revenue,deals_won,leads,calls,meetings
            target R decimal
            currency
            """,
        ),
        _entity(
            "surveys",
            "keyed",
            """
            response_id RK
            responded_at R timestamp
            contact_id R
            score R integer min=0 max=10
            comment personal
            """,
        ),
        _entity(
            "calls",
            "keyed",
            """
            call_id RK
            started_at R timestamp
            direction R in=in,out
            from_phone personal
            to_phone personal
            user_id
            status R in=answered,missed,busy,failed,voicemail
            wait_seconds integer min=0
            talk_seconds integer min=0
            session_id
            visitor_id
            contact_id
            deal_id
            source
            medium
            campaign
            keyword
            recording_url personal
            tags
            call_count integer min=1 default=1
            """,
            event_time="started_at",
        ),
        _entity(
            "tracking_numbers",
            "keyed",
            """
            phone RK
            kind R in=static_online,static_offline,pool,own
            valid_from RK timestamp
            valid_to timestamp
            source
            medium
            campaign
            event_name
            """,
        ),
        _entity(
            "number_leases",
            "keyed",
            """
            phone RK
            session_id RK
            leased_at RK timestamp
            released_at timestamp
            visitor_id
            """,
        ),
        _entity(
            "sessions",
            "keyed",
            """
            session_id RK
            visitor_id R
            started_at R timestamp
            utm_source
            utm_medium
            utm_campaign
            utm_content
            utm_term
            gclid
            yclid
            fbclid
            referrer
            landing_page
            device
            country
            region
            """,
            event_time="started_at",
        ),
        _entity(
            "enquiries",
            "keyed",
            """
            enquiry_id RK
            occurred_at R timestamp
            channel R in=form,chat,marketplace,email,messenger,walk_in,manual
            session_id
            visitor_id
            contact_id
            name personal
            email personal
            phone personal
            source
            medium
            campaign
            page
            """,
            event_time="occurred_at",
        ),
        _entity(
            "ad_spend",
            "spend",
            """
            date RK date
            platform RK
            account_id RK
            account_timezone
            campaign_id RK
            campaign R
            ad_group_id K
            ad_group
            ad_id K
            keyword K
            source
            medium
            impressions integer min=0
            clicks integer min=0
            cost R decimal min=0
            currency R
            conversions decimal
            """,
            event_time="date",
        ),
        _entity(
            "manual_costs",
            "keyed",
            """
            cost_id RK
            date_from R date
            date_to R date
            source R
            medium
            campaign
            amount R decimal
            currency R
            kind in=offline,agency,number_rent,other
            is_planned boolean default=false
            """,
        ),
        _entity(
            "fx_rates",
            "keyed",
            """
            date RK date
            currency RK
            rate R decimal
            """,
        ),
    )
}
"""Every entity by its name, in the order in which docs list them."""
