"""An emulated organization for tests, demos and rehearsals; not verified against AWS.

In a test:

    spec = population.organization()                      # or an OrganizationSpec of your own
    sandbox = Sandbox(spec, findings=population.findings(spec), quirks=Quirks(), clock=VirtualClock())
    client = sandbox.client("securityhub", account=spec.administrator, region=spec.home_region, role="...")
    sandbox.connect(any_boto3_client)                     # its requests are signed as ever and answered in-process
    sandbox.wait(60)                                      # asynchronous transitions are functions of the clock
    sandbox.faults.throttled = 0.3                        # faults on demand
    sandbox.calls.by_role()                               # what was called, by whom
    sandbox.events.url                                    # an SQS queue of findings events, in the administrator's account

Access keys: an account's id is the access key of its administrator user (any secret); AssumeRole gives others.
Whatever is not emulated answers 501 NotImplemented and names itself. An output outside botocore's model is an
EmulatorError. Over HTTP, for boto3 and the `aws` program: `server.serve(sandbox)`.
"""

from hubposture.sandbox.clock import Clock, RealClock, VirtualClock
from hubposture.sandbox.engine import LABEL, EmulatorError, Engine
from hubposture.sandbox.faults import Fault, Faults
from hubposture.sandbox.hubs import Timing
from hubposture.sandbox.identity import Keys
from hubposture.sandbox.quirks import Quirks
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.world import (
    CIS_1_2,
    CIS_5,
    FSBP,
    AccountSpec,
    AccountState,
    ContactKind,
    ContactSpec,
    ControlOff,
    DeclarativeSpec,
    OrganizationSpec,
    OuSpec,
    PolicySpec,
    RoleSpec,
    TargetSpec,
)

__all__ = [
    "CIS_1_2",
    "CIS_5",
    "FSBP",
    "LABEL",
    "AccountSpec",
    "AccountState",
    "Clock",
    "ContactKind",
    "ContactSpec",
    "ControlOff",
    "DeclarativeSpec",
    "EmulatorError",
    "Engine",
    "Fault",
    "Faults",
    "Keys",
    "OrganizationSpec",
    "OuSpec",
    "PolicySpec",
    "Quirks",
    "RealClock",
    "RoleSpec",
    "Sandbox",
    "TargetSpec",
    "Timing",
    "VirtualClock",
]
