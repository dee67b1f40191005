"""Decodes a FIT file with Garmin's own SDK and prints, as JSON, what the simulator's own reader must find too.

Usage: check_sample.py FIT_FILE
"""

import json
import sys

from garmin_fit_sdk import Decoder, Stream

path = sys.argv[1]
assert Decoder(Stream.from_file(path)).check_integrity()
messages, errors = Decoder(Stream.from_file(path)).read(convert_types_to_strings=False)
assert errors == [], errors
session = messages["session_mesgs"][0]
print(
    json.dumps(
        {
            "start": int(session["start_time"].timestamp()),
            "elapsed_seconds": session["total_elapsed_time"],
            "sport": session["sport"],
            "sub_sport": session["sub_sport"],
            "manufacturer": messages["file_id_mesgs"][0]["manufacturer"],
            "distance_metres": session["total_distance"],
            "sessions": len(messages["session_mesgs"]),
            "laps": len(messages["lap_mesgs"]),
            "records": len(messages["record_mesgs"]),
        }
    )
)
