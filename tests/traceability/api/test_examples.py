"""The examples of the reference page are run as they stand there."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.builders.systems import SignedClient, make_system
from traceability.api.reference import EXAMPLES_FOLDER
from traceability.models import Purchase

COMMANDS = {
    "upload.py": [sys.executable],
    "upload.sh": ["sh"],
    # Without its slower compiler the one small class starts in half the time.
    "Upload.java": ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto"],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_uploads_what_it_says(name, live_server, tmp_path):
    if not shutil.which(COMMANDS[name][0]):
        pytest.skip(f"{COMMANDS[name][0]} is not installed here")
    client = SignedClient(make_system())
    program = shutil.copy(EXAMPLES_FOLDER / f"{name}.txt", tmp_path / name)

    done = subprocess.run(
        [*COMMANDS[name], str(program)],
        env={
            "PATH": os.environ["PATH"],
            "TZ": "Asia/Shanghai",
            "LANG": "C.UTF-8",
            "SHILIAN_ADDRESS": live_server.url,
            "SHILIAN_KEY_ID": client.issued.key_id,
            "SHILIAN_SECRET": client.issued.secret,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert "recorded" in done.stdout, done.stdout
    assert Purchase.objects.count() == 1
