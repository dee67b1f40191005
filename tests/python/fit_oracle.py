"""Decodes FIT files with Garmin's own SDK and prints one JSON object for each, one a line.

    python fit_oracle.py [--merge-heart-rates] FILE.fit [FILE.fit ...]

Each object holds "file", "errors", "is_fit", "integrity" and the decoded messages by kind. Times are ISO 8601 in
UTC, positions are semicircles as the file has them, enumerations are FIT's names. Exit code 1 when any file has an
error. With the option, heart rates that a strap told afterwards are put into the records.
"""

import datetime
import json
import math
import sys

from garmin_fit_sdk import Decoder, Stream

# FIT messages that are printed, under these names.
KINDS = {
    "file_id": "file_id_mesgs",
    "file_creator": "file_creator_mesgs",
    "device_infos": "device_info_mesgs",
    "user_profile": "user_profile_mesgs",
    "sport": "sport_mesgs",
    "zones_target": "zones_target_mesgs",
    "hr_zones": "hr_zone_mesgs",
    "power_zones": "power_zone_mesgs",
    "workout": "workout_mesgs",
    "workout_steps": "workout_step_mesgs",
    "records": "record_mesgs",
    "events": "event_mesgs",
    "laps": "lap_mesgs",
    "sets": "set_mesgs",
    "exercise_titles": "exercise_title_mesgs",
    "sessions": "session_mesgs",
    "activity": "activity_mesgs",
    "weight_scale": "weight_scale_mesgs",
    "blood_pressure": "blood_pressure_mesgs",
}


def plain(value):
    """A value as JSON can hold it."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.hex()
    return value


def oracle(path, merge_heart_rates):
    """Everything that Garmin's SDK reads in one file."""
    order = []

    def listen(number, _message):
        order.append(number)

    # Each question moves the stream on, so each gets a decoder of its own.
    result = {
        "file": path,
        "is_fit": Decoder(Stream.from_file(path)).is_fit(),
        "integrity": Decoder(Stream.from_file(path)).check_integrity(),
    }
    messages, errors = Decoder(Stream.from_file(path)).read(
        apply_scale_and_offset=True,
        convert_datetimes_to_dates=True,
        convert_types_to_strings=True,
        enable_crc_check=True,
        expand_sub_fields=True,
        expand_components=True,
        merge_heart_rates=merge_heart_rates,
        mesg_listener=listen,
    )
    result["errors"] = [str(error) for error in errors]
    # The numbers of the messages as they follow each other, repetitions once.
    result["order"] = [number for index, number in enumerate(order) if index == 0 or order[index - 1] != number]
    for name, key in KINDS.items():
        result[name] = plain(messages.get(key, []))
    known = set(KINDS.values())
    result["others"] = {key: len(value) for key, value in messages.items() if key not in known and value}
    return result


def main(paths):
    merge_heart_rates = paths[:1] == ["--merge-heart-rates"]
    paths = paths[1:] if merge_heart_rates else paths
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    is_bad = False
    for path in paths:
        result = oracle(path, merge_heart_rates)
        is_bad |= bool(result["errors"]) or not result["is_fit"] or not result["integrity"]
        print(json.dumps(result, separators=(",", ":")))
    return 1 if is_bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
