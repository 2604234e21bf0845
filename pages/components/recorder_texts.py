"""Every sentence that the recorder shows or speaks, in the language that it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from core.exam.protocol import Expression

Translate = Callable[[str], str]


def recorder_texts(_: Translate = str) -> dict[str, str]:
    """Key of the recorder's script -> words. Names in braces are filled in by the script."""
    return {
        # camera
        "start_camera": _("Start camera"),
        "starting_camera": _("Waiting for the camera. Your browser may ask for permission: choose “Allow”."),
        "camera": _("Camera"),
        "spoken": _("Spoken instructions"),
        "beep": _("Beeps"),
        "sound": _("Record sound, too"),
        "no_voice": _("This browser has no voice for this language on the device."),
        "insecure": _(
            "The camera cannot be used because this page was not opened over a secure connection. Open the address that begins "
            "with https."
        ),
        "unsupported": _("This browser cannot record video. Use a current Chrome, Edge, Safari or Firefox."),
        "denied": _(
            "The browser may not use the camera. Click the camera or lock symbol beside the address, allow the camera for this "
            "page, and try again."
        ),
        "no_camera": _("No camera was found. Connect a camera or use another device, and try again."),
        "busy": _("The camera is used by another program. Close video calls and other camera programs, and try again."),
        "camera_failed": _("The camera could not be started. Restart the browser and try again."),
        "camera_ended": _("The camera was disconnected. What was recorded so far is kept."),
        "try_again": _("Try again"),
        "preview": _("Preview. It is mirrored like a mirror; the recording is not."),
        # framing
        "framing": _("Is the picture good?"),
        "checking": _("Looking at the picture …"),
        "face_ok": _("One face in the picture"),
        "face_none": _("No face in the picture: look straight at the camera."),
        "face_many": _("More than one face: only one person should be in the picture."),
        "face_cut": _("The face is cut off: bring it into the oval."),
        "distance_ok": _("Good distance"),
        "distance_far": _("Too far away: come closer."),
        "distance_near": _("Too close: move back a little."),
        "head_ok": _("Head straight"),
        "head_turned": _("Turn your head until you face the camera."),
        "head_nodded": _("Hold the camera at the height of your eyes."),
        "head_tilted": _("Hold your head upright."),
        "light_ok": _("Good light"),
        "light_dark": _("Too dark: put a lamp or window in front of you."),
        "light_bright": _("Too bright: move away from the strong light."),
        "light_uneven": _("One side is darker: turn towards the window or lamp."),
        "unknown": _("Cannot be checked now"),
        "start": _("Start recording"),
        "start_anyway": _("Record anyway"),
        "practise": _("Practise one movement"),
        "practice_note": _("Practice. Nothing is recorded."),
        "practice_done": _("Well done. You can practise again or start the recording."),
        # recording
        "get_ready": _("Get ready"),
        "now": _("Now"),
        "relax": _("And relax"),
        "rest_now": _("Keep your face at rest"),
        "movement_of": _("Movement {number} of {count}"),
        "repetition_of": _("{number}. of {count} times"),
        "demonstration": _("This is how it is done"),
        "recording": _("Recording"),
        "pause": _("Pause"),
        "continue": _("Continue"),
        "paused": _("Paused. The camera goes on recording; take your time."),
        "repeat": _("Repeat this movement"),
        "repeat_last": _("Repeat the last movement"),
        "skip": _("Skip this movement"),
        "stop": _("Stop"),
        "stop_sure": _("Stop the recording here? What was recorded so far is kept."),
        "yes_stop": _("Yes, stop"),
        "no_go_on": _("No, go on"),
        "lost_face": _("The face left the picture during this movement. Repeat it if you can."),
        "turned_away": _("The head was turned during this movement. Repeat it if you can."),
        "slow_upload": _("The connection is slow; the recording is kept here and sent when it is back."),
        # end
        "saving": _("Saving the recording …"),
        "done": _("The recording is finished."),
        "failed": _("The recording could not be saved."),
        "lost_connection": _("The connection to the program was lost. Keep this page open and try again."),
        "again": _("Record again"),
    }


def expression_texts(_: Translate = str) -> dict[str, dict[str, str]]:
    """Expression -> its label and its spoken instruction."""
    return {
        expression.value: {"label": _(expression.spec.label), "prompt": _(expression.spec.prompt)}
        for expression in Expression
    }
