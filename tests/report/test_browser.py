"""The page in a real browser, opened from a file: what a reader does, and what must not happen.

The page tells the tests what it shows through attributes: ``<html data-ready data-shown>`` and on the map
``data-renderer``, ``data-view`` ("x y scale": the middle of the view on the unit square, pixels per unit) and
``data-point`` (source row under the pointer or being read).
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from taskscape.report.page import render_page
from taskscape.report.summary import EXCERPT, STEPS, summarise
from tests.report.conftest import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from playwright.sync_api import Browser, BrowserContext, Page

NO_WEBGL = """
const plain = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : plain.call(this, kind, ...rest);
};
"""


@pytest.fixture(scope="module")
def open_page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Page]]:
    """Open a page's HTML from a file of its own; it must ask for nothing else, and complain of nothing."""
    contexts: list[BrowserContext] = []
    wrongs: list[str] = []

    def opened(html: str, *, script: str = "", **settings: Any) -> Page:
        file = tmp_path_factory.mktemp("page") / "map.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | settings
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: None if request.url == file.as_uri() else wrongs.append(request.url))
        page.on("pageerror", lambda error: wrongs.append(str(error)))
        page.on("console", lambda message: wrongs.append(message.text) if message.type != "info" else None)
        page.on("dialog", lambda dialog: wrongs.append(f"a dialog opened: {dialog.message}"))
        if script:
            page.add_init_script(script)
        page.goto(file.as_uri(), timeout=PATIENCE)
        page.wait_for_selector("html[data-ready]")
        page.wait_for_selector("#stage[data-view]")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrongs == []


@pytest.fixture(scope="module")
def shared(open_page: Callable[..., Page], summary: dict[str, Any]) -> Page:
    return open_page(render_page(summary))


@pytest.fixture
def page(shared: Page) -> Page:
    """The map of the fixture, with no filter, seen whole, clusters in colour, the table of clusters open."""
    shared.mouse.move(640, 2)
    shared.keyboard.press("Escape")
    shared.locator("#tab-cluster").click()
    shared.locator("#colouring button").first.click()
    shared.get_by_role("button", name="Show the whole map").click()
    wait_shown(shared, 390)
    view(shared)  # the names of the whole map come with the next frames
    return shared


def wait_shown(page: Page, count: int) -> None:
    page.wait_for_selector(f'html[data-shown="{count}"]')


def view(page: Page) -> tuple[float, float, float]:
    """Read where the map stands, once it has come to rest."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    x, y, scale = map(float, (page.get_attribute("#stage", "data-view") or "").split())
    return x, y, scale


def places(page: Page, summary: dict[str, Any]) -> NDArray[np.float64]:
    """Find all points of the map on the screen, ``(n, 2)``."""
    x, y, scale = view(page)
    box = page.locator("#stage").bounding_box()
    assert box
    points = np.array([summary["points"]["x"], summary["points"]["y"]]).T / STEPS
    return (points - (x, y)) * scale + (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def place(page: Page, summary: dict[str, Any], point: int) -> tuple[float, float]:
    """Find one point of the map on the screen."""
    left, top = places(page, summary)[point].tolist()
    return left, top


def outlier(summary: dict[str, Any], group: int, first: int = 0) -> int:
    """Pick the member of a cluster that is farthest from the middle of the map: no name is over it, no other near.

    Members before the point `first` are passed over.
    """
    points = np.array([summary["points"]["x"], summary["points"]["y"]], float).T
    inside = np.array(summary["groupings"][0]["members"]) == group
    inside[:first] = False
    return int(np.where(inside, ((points - STEPS / 2) ** 2).sum(axis=1), -1).argmax())


def test_opens_and_says_what_it_holds(page: Page) -> None:
    assert page.get_attribute("#stage", "data-renderer") == "webgl"
    assert page.title() == page.inner_text("#title") == "A map"
    figures = dict(
        zip(page.locator("#figures dt").all_inner_texts(), page.locator("#figures dd").all_inner_texts(), strict=True)
    )
    assert figures == {
        "Rows": "390",
        "Clusters": "5",
        "Tasks": "12",
        "Set aside": "2",
        "Encoder": "default",
        "Time": "3.5 s",
    }


def test_hover_shows_the_instruction(page: Page, summary: dict[str, Any]) -> None:
    for group in range(3):
        point = outlier(summary, group)
        page.mouse.move(*place(page, summary, point))
        page.wait_for_selector(f'#stage[data-point="{summary["points"]["row"][point]}"]')
        hint = page.inner_text("#hint")
        assert summary["points"]["text"][point] in hint
        assert summary["groupings"][0]["groups"][group]["name"] in hint
        task = summary["groupings"][1]["members"][point]
        assert summary["groupings"][1]["groups"][task]["name"] in hint
    page.mouse.move(640, 2)
    page.wait_for_selector("#hint", state="hidden")


def test_dragging_pans(page: Page) -> None:
    x, y, scale = view(page)
    page.mouse.move(300, 400)
    page.mouse.down()
    page.mouse.move(360, 430, steps=4)
    page.mouse.up()
    assert view(page) == pytest.approx((x - 60 / scale, y - 30 / scale, scale))
    assert page.get_attribute("html", "data-shown") == "390"  # a drag is no click


def test_a_press_let_go_outside_leaves_the_map_where_it_is(page: Page) -> None:
    before = view(page)
    box = page.locator("#stage").bounding_box()
    assert box
    border = box["x"] + box["width"]
    page.mouse.move(border - 2, 300)
    page.mouse.down()
    page.mouse.move(border + 60, 300)  # at once, so that the map never held the pointer
    page.mouse.up()
    page.mouse.move(border - 100, 300)
    page.mouse.move(border - 200, 360, steps=3)
    assert view(page) == before
    assert page.get_attribute("html", "data-shown") == "390"


def test_quick_clicks_on_a_button_of_the_map_do_its_work_alone(page: Page) -> None:
    x, y, scale = view(page)
    page.get_by_role("button", name="Zoom out").dblclick()
    assert view(page) == pytest.approx((x, y, scale * 0.6))  # as far out as it goes


def test_wheel_zooms_about_the_pointer(page: Page, summary: dict[str, Any]) -> None:
    point = outlier(summary, 1)
    before, (_, _, scale) = place(page, summary, point), view(page)
    page.mouse.move(*before)
    page.mouse.wheel(0, -240)
    page.wait_for_function(f"Number(document.getElementById('stage').dataset.view.split(' ')[2]) > {scale * 1.3}")
    assert place(page, summary, point) == pytest.approx(before, abs=0.5)


def test_keys_move_the_map(page: Page) -> None:
    page.locator("#stage").focus()
    x, y, scale = view(page)
    page.keyboard.press("ArrowRight")
    assert view(page)[0] > x
    page.keyboard.press("+")
    assert view(page)[2] > scale
    page.keyboard.press("0")
    assert view(page) == pytest.approx((x, y, scale))


def test_click_on_a_point_filters_the_table(page: Page, summary: dict[str, Any]) -> None:
    point = outlier(summary, 2)
    page.mouse.click(*place(page, summary, point))
    wait_shown(page, 77)
    assert page.get_attribute(".rows[role=grid]", "aria-rowcount") == "78"  # with its heading
    assert summary["points"]["text"][point] in page.inner_text(".reader")
    assert summary["groupings"][0]["groups"][2]["name"] in page.inner_text("#chips")
    page.locator("#chips .chip").click()
    wait_shown(page, 390)


def test_click_on_a_point_brings_its_row_into_sight(page: Page, summary: dict[str, Any]) -> None:
    point = outlier(summary, 2, first=200)  # far down in the table of its cluster
    page.mouse.click(*place(page, summary, point))
    wait_shown(page, 77)
    table = page.get_by_role("grid", name="Rows").bounding_box()
    row = page.locator(".rows .grid-row[aria-selected=true]").bounding_box()
    assert table
    assert row
    assert table["y"] <= row["y"]
    assert row["y"] + row["height"] <= table["y"] + table["height"]


def test_click_on_a_point_in_no_cluster(page: Page, summary: dict[str, Any]) -> None:
    point = outlier(summary, -1)
    page.mouse.click(*place(page, summary, point))
    wait_shown(page, 5)
    assert summary["points"]["text"][point] in page.inner_text(".reader")
    assert "no cluster" in page.inner_text("#chips")
    page.locator("#tab-cluster").click()
    assert page.locator(".card:visible").count() == 0
    page.locator("#chips .chip").click()
    wait_shown(page, 390)


def test_chips_removed_by_key_keep_the_focus(page: Page) -> None:
    page.locator('.map-label[data-group="3"]').click()
    page.keyboard.press("/")
    page.keyboard.type("the")
    page.locator("#chips .chip").nth(1).wait_for()
    focused = "document.activeElement.id || document.activeElement.textContent"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "searchthe"
    page.keyboard.press("Enter")
    wait_shown(page, 77)
    assert page.evaluate(focused) == "clusterExplain something"
    page.keyboard.press("Enter")
    wait_shown(page, 390)
    assert page.evaluate(focused) == "search"


def test_click_on_a_name_filters_and_tells(page: Page, summary: dict[str, Any]) -> None:
    page.locator('.map-label[data-group="3"]').click()
    wait_shown(page, 77)
    group = summary["groupings"][0]["groups"][3]
    assert page.locator(".card .examples li").all_inner_texts() == [
        summary["points"]["text"][i] for i in group["typical"]
    ]
    assert page.locator(".card .term-chips button").all_inner_texts() == group["terms"]
    page.mouse.click(50, 300)  # nothing is there: the filter goes
    wait_shown(page, 390)


def test_search_filters_and_marks(page: Page, summary: dict[str, Any]) -> None:
    page.keyboard.press("/")
    page.keyboard.type("POEM -13")
    expected = [text for text in summary["points"]["text"] if "poem" in text and "13" not in text]
    wait_shown(page, len(expected))
    page.locator("#tab-rows").click()
    assert page.locator(".rows .grid-row mark").first.inner_text() == "poem"
    assert page.locator(".rows .grid-row p").first.inner_text() == expected[0]
    page.locator("#tab-cluster").click()
    assert page.locator(".groups .grid-row .sizes b").all_inner_texts()[0] == str(len(expected))
    page.locator("#search").press("Escape")
    wait_shown(page, 390)
    assert page.input_value("#search") == ""


def test_tables_by_keyboard(page: Page) -> None:
    grid = page.get_by_role("grid", name="Clusters")
    grid.focus()
    page.keyboard.press("Home")  # another test may have left it elsewhere
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_shown(page, 77)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    wait_shown(page, 154)
    active = grid.get_attribute("aria-activedescendant")
    assert page.get_attribute(f"#{active}", "aria-selected") == "true"


def test_long_table_draws_what_is_in_sight(page: Page, summary: dict[str, Any]) -> None:
    page.locator("#tab-rows").click()
    grid = page.get_by_role("grid", name="Rows")
    assert page.locator(".rows .grid-row").count() < 40
    grid.focus()
    page.keyboard.press("End")
    last = page.locator('.rows .grid-row[aria-rowindex="391"]')
    assert summary["points"]["text"][-1] in last.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(f'#stage[data-point="{summary["points"]["row"][-1]}"]')


def test_region_drawn_on_the_map(page: Page, summary: dict[str, Any]) -> None:
    on_screen = places(page, summary)
    (left, top), (right, bottom) = on_screen[78:156].min(axis=0) - 4, on_screen[78:156].max(axis=0) + 4
    inside = ((on_screen > (left, top)) & (on_screen < (right, bottom))).all(axis=1).sum()
    page.keyboard.down("Shift")
    page.mouse.move(left, top)
    page.mouse.down()
    for corner_x, corner_y in ((right, top), (right, bottom), (left, bottom), (left, top)):
        page.mouse.move(corner_x, corner_y, steps=3)
    page.mouse.up()
    page.keyboard.up("Shift")
    wait_shown(page, inside)
    assert f"{inside} rows" in page.inner_text("#chips")


def boxes(page: Page) -> list[dict[str, float]]:
    return list(
        page.evaluate("[...document.querySelectorAll('.map-label')].map((e) => e.getBoundingClientRect().toJSON())")
    )


def test_names_stand_apart_and_more_appear_by_zoom(page: Page) -> None:
    assert {line.replace("\n", " ") for line in page.locator(".map-label").all_inner_texts()} == {
        f"{verb} something" for verb in ("Write", "Translate", "List", "Explain", "Fix")
    }
    page.locator("#colouring button").nth(1).click()
    view(page)
    whole = boxes(page)
    for at, one in enumerate(whole):
        for other in whole[:at]:
            assert (
                one["right"] <= other["left"]
                or other["right"] <= one["left"]
                or one["bottom"] <= other["top"]
                or other["bottom"] <= one["top"]
            )
    names = set(page.locator(".map-label").all_inner_texts())
    for name in ("List something", "Write something", "Explain something"):
        page.get_by_role("grid", name="Clusters").get_by_text(name).click()
        wait_shown(page, 77)
        view(page)
        near = set(page.locator(".map-label").all_inner_texts())
        assert {task.split("|")[0] for task in near} == {name.split()[0].lower()}
        names |= near
    assert len(names) > len(whole)


def test_sunburst_filters(page: Page, summary: dict[str, Any]) -> None:
    page.locator("#tab-sunburst").click()
    page.locator('.arc[data-verb="write"][data-noun="poem"]').focus()
    page.keyboard.press("Enter")
    wait_shown(page, 26)
    page.locator('.arc[data-verb="write"]:not([data-noun])').click()
    wait_shown(page, 78)
    page.locator('.arc[data-verb="write"]:not([data-noun])').click()
    wait_shown(page, 390)


def test_filtered_rows_can_be_saved(page: Page, summary: dict[str, Any], tmp_path: Path) -> None:
    page.keyboard.press("/")
    page.keyboard.type('"the poem"')
    wait_shown(page, 26)
    page.locator("#tab-rows").click()
    for name in ("CSV", "JSON"):
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        download.value.save_as(tmp_path / name)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "CSV").read_text(encoding="utf-8"))))
    chosen = [i for i, text in enumerate(summary["points"]["text"]) if "the poem" in text]
    assert [int(row["row"]) for row in rows] == [summary["points"]["row"][i] for i in chosen]
    assert {(row["cluster"], row["task"]) for row in rows} == {("Write something", "write|poem")}
    assert [row["text"] for row in json.loads((tmp_path / "JSON").read_text())] == [row["text"] for row in rows]


def test_everything_is_reached_by_tab(page: Page) -> None:
    page.evaluate("document.activeElement.blur()")
    page.locator("#theme").focus()
    focused = "(({ activeElement: e }) => e.id || e.getAttribute('aria-label') || e.textContent)(document)"
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(focused))
    for part in ("stage", "Zoom in (+)", "draw", "Clusters", "search", "tab-cluster"):
        assert part in reached, reached


def test_theme_follows_the_system_and_can_be_changed(open_page: Callable[..., Page], summary: dict[str, Any]) -> None:
    page = open_page(render_page(summary), color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.get_attribute("html", "data-theme") == "dark"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Use the light theme").click()
    assert page.get_attribute("html", "data-theme") == "light"
    assert page.evaluate(ground) != dark


def test_without_webgl_the_map_is_drawn_all_the_same(open_page: Callable[..., Page], summary: dict[str, Any]) -> None:
    page = open_page(render_page(summary), script=NO_WEBGL)
    assert page.get_attribute("#stage", "data-renderer") == "canvas"
    point = outlier(summary, 0)
    page.mouse.move(*place(page, summary, point))
    page.wait_for_selector(f'#stage[data-point="{summary["points"]["row"][point]}"]')
    drawn = "(c) => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    assert page.locator("#surface canvas").evaluate(drawn) > 20


def test_phone(open_page: Callable[..., Page], summary: dict[str, Any]) -> None:
    page = open_page(
        render_page(summary),
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
        device_scale_factor=2,
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.touchscreen.tap(*place(page, summary, outlier(summary, 1)))
    wait_shown(page, 77)
    for part in ("#stage", "#search", "#tabs", ".reader"):
        box = page.locator(part).bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["y"] + box["height"] <= 740


def test_a_second_finger_ends_the_drawing_of_a_region(open_page: Callable[..., Page], summary: dict[str, Any]) -> None:
    page = open_page(render_page(summary), has_touch=True)
    fingers = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[int, int]) -> None:
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(places)]
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    page.locator("#draw").click()
    touch("touchStart", (200, 300))
    touch("touchMove", (260, 300))
    touch("touchMove", (260, 360))
    page.wait_for_selector('#outline[points*=" "]', state="attached")
    touch("touchStart", (260, 360), (400, 500))
    touch("touchMove", (240, 340), (420, 520))
    touch("touchEnd")
    page.wait_for_selector('#outline[points=""]', state="attached")
    assert page.get_attribute("html", "data-shown") == "390"


def test_a_cut_text_and_what_search_covers_are_told(open_page: Callable[..., Page], made: dict[str, Any]) -> None:
    texts = ["🎵" + "x" * 300, "word " * 100, "y" * 240, "And so on…"]
    few = {name: made[name][:4] for name in ("rows", "coordinates", "labels", "tasks")}
    clusters = [{"name": "x", "size": 4, "terms": [], "typical": [0]}]
    page = open_page(render_page(summarise(**made | few | {"texts": texts, "clusters": clusters})))
    page.locator("#tab-rows").click()
    for row, cut in enumerate((True, True, False, False)):
        page.get_by_role("grid", name="Rows").locator(f'[aria-rowindex="{row + 2}"]').click()
        assert ("the rest is in the source" in page.inner_text(".reader")) == cut
    assert f"first {EXCERPT} characters" in (page.get_attribute("#search", "title") or "")
    page.locator("#tab-about").click()
    assert f"first {EXCERPT} characters" in page.inner_text(".about")


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\u202egnp.evil \u202d x \x00\x1b[31m \ud800",
    "a" * 10_000,
    "👩‍👩‍👧‍👦" * 300,
    "=HYPERLINK(0)",
    "اكتب قصيدة عن البحر",
    "\u0301" * 500,
    "{{data}} ${alert(1)}",
    "\n\n\t",
]


def test_hostile_texts_are_shown_as_texts(open_page: Callable[..., Page], made: dict[str, Any]) -> None:
    count = len(HOSTILE)
    evil = summarise(
        title=HOSTILE[0],
        texts=HOSTILE,
        rows=np.arange(count),
        coordinates=np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32),
        labels=np.arange(count, dtype=np.int32),
        clusters=[{"name": text, "size": 1, "terms": [text], "typical": [i]} for i, text in enumerate(HOSTILE)],
        tasks=[type(made["tasks"][0])(text, text) for text in HOSTILE],
        encoder=HOSTILE[1],
        source=HOSTILE[1],
        recognised=HOSTILE[2],
    )
    page = open_page(render_page(evil))
    for tab in page.get_by_role("tab").all():
        tab.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 1280
    page.locator("#tab-rows").click()
    for row in range(count):
        page.get_by_role("grid", name="Rows").locator(f'[aria-rowindex="{row + 2}"]').click()
        assert page.locator(".reader .text").evaluate("(e) => e.textContent") == evil["points"]["text"][row]
    assert page.locator("img, iframe, object, embed, link").count() == 0
    assert page.locator("script").count() == 2


def test_policy_stops_what_would_leave_the_page(browser: Browser, summary: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "map.html"
    file.write_text(render_page(summary), encoding="utf-8")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(file.as_uri(), timeout=PATIENCE)
        outcome = page.evaluate(
            """async () => {
              const stopped = [];
              document.addEventListener("securitypolicyviolation", (event) => stopped.push(event.effectiveDirective));
              await fetch("http://127.0.0.1:9/").catch(() => {});
              document.body.append(Object.assign(new Image(), { src: "http://127.0.0.1:9/x.png" }));
              const script = document.createElement("script");
              try { script.text = "window.ran = true"; } catch { stopped.push("trusted types"); }
              // in a timer, for the browser lets the code of a test itself evaluate
              setTimeout(() => { try { eval("window.ran = true"); } catch { stopped.push("eval"); } });
              await new Promise((done) => setTimeout(done, 200));
              return [window.ran ?? false, ...stopped];
            }"""
        )
    assert outcome[0] is False
    assert {"connect-src", "img-src", "trusted types", "eval"} <= set(outcome[1:])
