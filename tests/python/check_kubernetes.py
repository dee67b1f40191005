"""Checks Kubernetes objects against Kubernetes' own schemas, strictly: a field that it does not know is an error.

Usage: check_kubernetes.py FILE.yaml [FILE.yaml ...]
Prints the kind of each object, one a line. Exit code 1 with a line for each fault.
"""

import sys

import kubernetes_validate
import yaml

# The oldest that is still in wide use, and the newest that the schemas are there for.
VERSIONS = ("1.28", kubernetes_validate.latest_version())

faults = []
for path in sys.argv[1:]:
    with open(path, encoding="utf8") as file:
        documents = list(yaml.safe_load_all(file))
    for number, document in enumerate(documents, start=1):
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except kubernetes_validate.ValidationError as error:
                place = ".".join(str(part) for part in error.path)
                faults.append(f"{path}, object {number}, Kubernetes {version}: {place}: {error.message}")
        print(document["kind"])
for fault in faults:
    print(fault, file=sys.stderr)
sys.exit(1 if faults else 0)
