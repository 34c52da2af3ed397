from __future__ import annotations

import base64
import hashlib
import re

from taskscape.report.document import TITLE, document


def test_the_title_is_escaped_and_cut() -> None:
    page = document("<script>" + "x" * 500, "<p>body</p>")
    title = re.search(r"<title>(.*)</title>", page)
    assert title is not None
    assert title[1].startswith("&lt;script&gt;xxx")
    assert len(title[1].replace("&lt;", "<").replace("&gt;", ">")) == TITLE
    assert "<script" not in page
    assert "<p>body</p>" in page


def test_the_policy_admits_the_page_s_own_style_and_nothing_else() -> None:
    page = document("a", "", style="p{color:red}")
    style = re.search(r"<style>(.*)</style>", page, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert style is not None
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert style[1].endswith("p{color:red}")
    assert "unsafe" not in policy[1]


def test_light_and_dark_define_the_same_colours() -> None:
    light, dark = (
        set(re.findall(r"(--[a-z-]+):", rules)) for rules in re.findall(r":root{([^}]*)}", document("a", ""))
    )
    assert {"--ground", "--ink", "--accent", "--muted", "--line"} <= dark
    assert light - dark == {"--radius"}
