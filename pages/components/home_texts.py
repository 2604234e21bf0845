"""Every sentence that a patient reads at home besides the recorder's own, and of the e-mail that brings the link."""

from __future__ import annotations

from collections.abc import Callable

Translate = Callable[[str], str]

CONSENT_VERSION = "2026-1"
"""Changes with every change of what a patient agrees to: the sentences ``consent`` and ``consent_…`` and the safety text."""


def home_texts(_: Translate = str) -> dict[str, str]:
    """Key -> words of the page. Names in braces are filled in by the page."""
    return {
        "title": _("Video of your face"),
        "language": _("Language"),
        "step_of": _("Step {number} of {count}"),
        "continue": _("Continue"),
        "back": _("Back"),
        # 1 welcome
        "welcome": _("Welcome"),
        "asks": _("Your clinic asks you for a short video of your face."),
        "message": _("Message from your clinic"),
        "what_happens": _("What will happen"),
        "happens_prepare": _("You get ready and place the camera."),
        "happens_record": _("The page shows and says each movement. You can practise one first."),
        "happens_send": _("You watch your video and decide whether to send it."),
        "how_long": _("The recording takes about {duration}. You can stop at any time."),
        "emergency": _("Emergency? Do not record. Call for help now."),
        "emergency_when": _(
            "Call the emergency number now (112 in Europe, 999 in the United Kingdom, 911 in North America) if your face has "
            "suddenly become weak, or if an arm or leg is weak, too, or you have trouble speaking or seeing. It can be a stroke."
        ),
        "eye_safety": _(
            "An eye that does not close can be harmed. It must be protected and soon be seen by a doctor. Ask your clinic about it."
        ),
        "no_examination": _(
            "This page does not examine you and cannot tell you that everything is well. Nobody is watching while you record."
        ),
        "consent_head": _("Your consent"),
        "consent_what": _(
            "Your clinic gets the video without sound, the times of the movements, and the kind of camera and browser. It measures "
            "how your face moves."
        ),
        "consent_where": _(
            "The video is saved on your clinic’s computer while you record, and is sent nowhere else. What you do not send is not "
            "shown to your clinic and is deleted."
        ),
        "consent_free": _(
            "Taking part is your choice. If you do not want to, close this page. You can ask your clinic at any time to delete "
            "a video."
        ),
        "consent": _("I have read this and agree that my clinic receives and measures the video that I send."),
        "consent_first": _("Please tick the box first."),
        # 2 preparation
        "prepare": _("Getting ready"),
        "tip_glasses": _("Take off your glasses."),
        "tip_hair": _("Push your hair off your forehead and eyebrows."),
        "tip_light": _("Face a window or a lamp. There should be no bright light behind you."),
        "tip_height": _("Place the camera upright at the height of your eyes."),
        "tip_lean": _("Lean a phone against something firm; do not hold it in your hand."),
        "tip_distance": _("Sit at least 60 cm from the camera: about an arm’s length."),
        "tip_alone": _("Be alone in the picture, in a quiet room."),
        "ready": _("I am ready"),
        # 3 recording
        "record": _("Record"),
        "tips_again": _("Read the tips again"),
        # 4 review
        "review": _("Watch and send"),
        "watch": _("Watch your video. Can your whole face be seen all the time?"),
        "send": _("Send to my clinic"),
        "sending": _("Your video is being sent …"),
        "record_again": _("Record again"),
        "record_again_sure": _("This video is then deleted. Do you want to record again?"),
        "delete_and_record": _("Yes, delete and record again"),
        "keep": _("No, keep this video"),
        "broke_off": _("Your recording broke off"),
        "broke_off_what": _("Saved part of your video: {duration}. You can use this part or record again."),
        "broke_off_use": _("Use what was recorded"),
        "unusable": _("This recording cannot be used: it is too short or damaged. Please record again."),
        "send_failed": _("Your video could not be sent. It is not lost: wait a minute and try again."),
        # 5 thanks
        "thanks": _("Thank you"),
        "sent": _("Your video has been sent to your clinic."),
        "sent_next": _("Your clinic will look at it and get in touch with you. No answer comes on this page."),
        "sent_worse": _("If something gets worse before that, do not wait: call your clinic."),
        "may_close": _("You may close this page now."),
        "remaining": _("Videos that you can still send with this link: {count} (until {day})."),
        "another": _("Record another video"),
        # without a link that works
        "dead": _("This link does not work any more"),
        "dead_why": _("A link works for a limited time and for a limited number of videos."),
        "dead_again": _("Open the newest e-mail from your clinic and use the link in it."),
        "dead_ask": _("If that does not help, ask your clinic for a new link."),
        "dead_saved": _("Videos that you have sent have arrived; you need not send them again."),
        "emergency_short": _("In an emergency, call the emergency number."),
        "too_many": _("Too many attempts"),
        "too_many_what": _("Please wait a minute, then open the link again."),
        "went_wrong": _("Something went wrong. Please load this page again."),
    }


def email_texts(_: Translate = str) -> dict[str, str]:
    """Key -> words of the e-mail with the link."""
    return {
        "subject": _("Video of your face for your clinic"),
        "greeting": _("Hello,"),
        "asks": _("your clinic asks you to record a short video of your face at home."),
        "needs": _("You need a phone, tablet or computer with a camera, and about {duration} of time."),
        "open": _("Open this link:"),
        "valid": _("The link works until {day}. Number of videos: {count}."),
        "yours": _("It is meant for you alone. Please do not pass it on."),
        "help": _("If it does not work, ask your clinic for a new one."),
        "emergency": _("This is not for emergencies: in an emergency, call the emergency number."),
        "regards": _("Your clinic"),
    }
