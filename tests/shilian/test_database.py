from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, connections


@pytest.mark.django_db
def test_the_application_role_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )

        assert cursor.fetchone() == ("shilian_app", False, False)


@pytest.mark.django_db
def test_the_application_role_cannot_make_tables():
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("CREATE TABLE stray (id int)")


@pytest.mark.django_db(databases=["default", "owner"])
def test_the_owner_reaches_the_same_database():
    with connection.cursor() as ours, connections["owner"].cursor() as owners:
        ours.execute("SELECT current_database()")
        owners.execute("SELECT current_database(), current_user")

        assert owners.fetchone() == (*ours.fetchone(), "shilian_owner")
