"""One softphone as a process of its own: JSON commands on standard input, JSON events out.

pjsua2 is compiled for four call legs a process, so every phone is one. A phone of the office
registers; the outside world (`--outside`) does not, and speaks for any number. Each leg hears a
tone, so that recordings have something to hold. Run: `python -m tests.lab.phone --help`.
"""

import argparse
import contextlib
import itertools
import json
import os
import queue
import re
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pjsua2 as pj

from tests.lab.voices import hertz

Command = dict[str, Any]
# How long pjsua waits for a packet; a phone that counts what it hears looks more often.
IDLE_MILLISECONDS, LISTENING_MILLISECONDS = 200, 10
# RFC 5626, 4.4.1: a keep-alive, which means nothing.
WAKE_UP = b"\r\n\r\n"
# RFC 3261: 180 Ringing.
MOST_ACCOUNTS = 7
RINGING = 180


class Mouth:
    """Events to whoever drives the phone, kept clear of what pjsua prints."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def say(self, event: str, **fields: object) -> None:
        self._out.write(json.dumps({"event": event, **fields}) + "\n")
        self._out.flush()


class Leg(pj.Call):  # type: ignore[misc]
    """One leg, ours or theirs, under a number that is never used twice."""

    def __init__(self, phone: "Phone", account: "Account", call: int = pj.PJSUA_INVALID_ID):
        super().__init__(account, call)
        self.phone = phone
        self.spoken_by = account
        self.user: str = account.user
        self.number = phone.keep(self)
        self.listen_until: tuple[int, float] | None = None  # packets heard, and a moment
        self.over = False
        self.ear: pj.AudioMediaRecorder | None = None

    def onCallState(self, prm: pj.OnCallStateParam) -> None:
        now = self.getInfo()
        self.over = now.state == pj.PJSIP_INV_STATE_DISCONNECTED
        if self.over:
            self.ear = None
        self.phone.mouth.say("state", leg=self.number, state=now.stateText, code=now.lastStatusCode)

    def onCallMediaState(self, prm: pj.OnCallMediaStateParam) -> None:
        # Held by name: pjsua2 frees the list of media together with the info it came in.
        now = self.getInfo()
        self.ear = None
        for index, media in enumerate(now.media):
            if media.type != pj.PJMEDIA_TYPE_AUDIO:
                continue
            if media.status == pj.PJSUA_CALL_MEDIA_ACTIVE:
                self.phone.voice(self.user).startTransmit(self.getAudioMedia(index))
                self._listen(index)
            held = media.status == pj.PJSUA_CALL_MEDIA_LOCAL_HOLD
            self.phone.mouth.say("media", leg=self.number, held=held)

    def _listen(self, index: int) -> None:
        """Keep what is heard from now on, if somebody wants to know."""
        if self.phone.ears_in is None:
            return
        file = self.phone.ears_in / f"{self.phone.args.user}-{self.number}-{time.time_ns()}.wav"
        self.ear = pj.AudioMediaRecorder()
        self.ear.createRecorder(str(file))
        self.getAudioMedia(index).startTransmit(self.ear)
        self.phone.mouth.say("ear", leg=self.number, file=str(file), at=time.time())

    def onCallTransferStatus(self, prm: pj.OnCallTransferStatusParam) -> None:
        self.phone.mouth.say("referred", leg=self.number, code=prm.statusCode)

    def packets(self) -> int:
        """RTP packets heard so far on this leg."""
        return int(self.getStreamStat(0).rtcp.rxStat.pkt) if self.hasMedia() else 0


class Account(pj.Account):  # type: ignore[misc]
    """A registration of the office, or one number of the outside world."""

    def __init__(self, phone: "Phone", user: str):
        super().__init__()
        self.phone = phone
        self.user = user

    def onRegState(self, prm: pj.OnRegStateParam) -> None:
        self.phone.mouth.say("registered", code=prm.code)

    def onIncomingCall(self, prm: pj.OnIncomingCallParam) -> None:
        leg = Leg(self.phone, self, prm.callId)
        now = leg.getInfo()
        called = re.search(r"sips?:([^@>;]*)", now.localUri)
        to = called[1] if called else ""
        if self.phone.args.outside:
            leg.user = to
        self.phone.mouth.say("ring", leg=leg.number, to=to, caller=now.remoteUri)
        self.phone.do_answer(leg.number, self.phone.first_answer)


class Phone:
    """The endpoint with its legs; every command is a method of the same name."""

    def __init__(self, args: argparse.Namespace):
        self.mouth = Mouth()
        self.args = args
        self.legs: dict[int, Leg] = {}
        self.accounts: dict[str, Account] = {}
        self.first_answer = RINGING
        self._count = 0
        self.endpoint = _endpoint()
        self.transport = self.endpoint.transportCreate(
            pj.PJSIP_TRANSPORT_UDP, _transport(args.address, args.port)
        )
        self.endpoint.libStart()
        self.endpoint.audDevManager().setNullDev()
        self.voices: dict[str, pj.ToneGenerator] = {}
        self.ears_in: Path | None = None
        self.account(args.user)
        self.mouth.say("up")

    def keep(self, leg: Leg) -> int:
        self._count += 1
        self.legs[self._count] = leg
        return self._count

    def account(self, user: str) -> Account:
        """The account that speaks for `user`, made at first use; the first is the default one."""
        account = self.accounts.pop(user, None)
        if account is None:
            self._make_room()
            account = Account(self, user)
            account.create(self._settings(user), not self.accounts)
        self.accounts[user] = account
        return account

    def voice(self, user: str) -> pj.ToneGenerator:
        """The tone that this number speaks with, the same on every leg."""
        if user not in self.voices:
            self.voices[user] = _tone(hertz(user))
        return self.voices[user]

    def _make_room(self) -> None:
        """pjsua has room for so many accounts: the one that spoke longest ago goes."""
        if len(self.accounts) < MOST_ACCOUNTS:
            return
        busy = {id(leg.spoken_by) for leg in self.legs.values() if leg.isActive()}
        idle = (user for user, one in self.accounts.items() if id(one) not in busy)
        oldest = next(user for user in idle if user != self.args.user)
        self.accounts.pop(oldest).shutdown()

    def _settings(self, user: str) -> pj.AccountConfig:
        settings = pj.AccountConfig()
        settings.sipConfig.transportId = self.transport
        settings.mediaConfig.transportConfig.boundAddress = self.args.address
        # Or each answer with several codecs is followed by an UPDATE of our own, and an order that
        # meets it is lost: a call that is taken back from hold stays held.
        settings.mediaConfig.lockCodecEnabled = False
        if self.args.outside:
            hidden = user == "anonymous"
            host = "anonymous.invalid" if hidden else f"{self.args.address}:{self.args.port}"
            settings.idUri = f"sip:{user}@{host}"
            return settings
        settings.idUri = f"sip:{user}@{self.args.server}"
        settings.regConfig.registrarUri = f"sip:{self.args.server}"
        return settings

    def do(self, order: Command) -> None:
        """Carry out one command; what cannot be done is said, never raised."""
        try:
            getattr(self, f"do_{order.pop('do')}")(**order)
        except (pj.Error, AttributeError, KeyError, TypeError) as wrong:
            reason = wrong.info() if isinstance(wrong, pj.Error) else repr(wrong)
            self.mouth.say("error", leg=order.get("leg"), why=reason)

    def do_dial(self, user: str, number: str, tag: int) -> None:
        leg = Leg(self, self.account(user))
        self.mouth.say("dialled", leg=leg.number, tag=tag)
        leg.makeCall(f"sip:{number}@{self.args.server}", pj.CallOpParam(True))

    def do_answer(self, leg: int, code: int, contact: str = "") -> None:
        answer = pj.CallOpParam()
        answer.statusCode = code
        if contact:
            header = pj.SipHeader()
            header.hName, header.hValue = "Contact", f"<sip:{contact}@{self.args.server}>"
            answer.txOption.headers.append(header)
        self.legs[leg].answer(answer)

    def do_hang_up(self, leg: int) -> None:
        # pjsua gives the place of a leg that is over to the next one, which must not be ended.
        if self.legs[leg].over:
            return
        # A leg that is ending by itself cannot be ended; its state event comes all the same.
        with contextlib.suppress(pj.Error):
            self.legs[leg].hangup(pj.CallOpParam())

    def do_hold(self, leg: int) -> None:
        self.legs[leg].setHold(pj.CallOpParam())

    def do_unhold(self, leg: int) -> None:
        back = pj.CallOpParam(True)
        back.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.legs[leg].reinvite(back)

    def do_blind(self, leg: int, number: str) -> None:
        self.legs[leg].xfer(f"sip:{number}@{self.args.server}", pj.CallOpParam())

    def do_attended(self, leg: int, other: int) -> None:
        self.legs[leg].xferReplaces(self.legs[other], pj.CallOpParam())

    def do_digits(self, leg: int, digits: str) -> None:
        self.legs[leg].dialDtmf(digits)

    def do_listen(self, leg: int, packets: int, seconds: float) -> None:
        """A machine that stood still hands over many packets at once: the time must pass, too."""
        heard = self.legs[leg].packets()
        self.legs[leg].listen_until = heard + packets, time.monotonic() + seconds

    def do_reject_at_once(self, code: int) -> None:
        """Answer every new call with `code`, without ringing (180 rings again)."""
        self.first_answer = code

    def do_keep_heard(self, folder: str) -> None:
        """From now on, write what each leg hears into a file of its own below `folder`."""
        self.ears_in = Path(folder) if folder else None

    def ears(self) -> bool:
        """Say which legs have by now heard as much as was asked; whether any still listens."""
        listening = False
        for number, leg in self.legs.items():
            if leg.listen_until is None or leg.over or not leg.isActive():
                continue
            packets, moment = leg.listen_until
            if leg.packets() >= packets and time.monotonic() >= moment:
                leg.listen_until = None
                self.mouth.say("heard", leg=number)
            else:
                listening = True
        return listening

    def run(self) -> None:
        """Serve commands until standard input ends."""
        orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        host, _, port = self.endpoint.transportGetInfo(self.transport).localName.rpartition(":")
        threading.Thread(target=_read, args=((host, int(port)), orders), daemon=True).start()
        while True:
            wait = LISTENING_MILLISECONDS if self.ears() else IDLE_MILLISECONDS
            self.endpoint.libHandleEvents(wait)
            while not orders.empty():
                if not (line := orders.get()):
                    return
                self.do(json.loads(line))


def _read(door: tuple[str, int], orders: queue.SimpleQueue[bytes]) -> None:
    """Hand over each line, empty at the end, and knock: pjsua waits for packets alone."""
    with socket.socket(type=socket.SOCK_DGRAM) as knocking:
        for line in itertools.chain(sys.stdin.buffer, [b""]):
            orders.put(line)
            knocking.sendto(WAKE_UP, door)


def _endpoint() -> pj.Endpoint:
    endpoint, settings = pj.Endpoint(), pj.EpConfig()
    endpoint.libCreate()
    settings.uaConfig.threadCnt = 0
    settings.uaConfig.mainThreadOnly = True
    settings.logConfig.level = settings.logConfig.consoleLevel = 0
    settings.medConfig.sndAutoCloseTime = -1
    settings.medConfig.noVad = True
    endpoint.libInit(settings)
    return endpoint


def _transport(address: str, port: int) -> pj.TransportConfig:
    settings = pj.TransportConfig()
    settings.boundAddress, settings.port = address, port
    return settings


def _tone(hertz: int) -> pj.ToneGenerator:
    generator, tone, tones = pj.ToneGenerator(), pj.ToneDesc(), pj.ToneDescVector()
    generator.createToneGenerator()
    tone.freq1, tone.on_msec, tone.off_msec = hertz, 500, 100
    tones.append(tone)
    generator.play(tones, True)
    return generator


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("user", help="extension, or the first number of the outside world")
    words.add_argument("server", help="host:port of Asterisk")
    words.add_argument("--address", default="127.0.0.1")
    words.add_argument("--port", type=int, default=0)
    words.add_argument("--outside", action="store_true", help="no registration, many numbers")
    Phone(words.parse_args()).run()
    # pjsua's own teardown aborts on the conference port.
    os._exit(0)


if __name__ == "__main__":
    main()
