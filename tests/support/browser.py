"""Looks at a report page in a real browser: Chromium, spoken to through its pipe, without any library.

Usage: browser.py BROWSER PAGE.html SHOTS
Prints a JSON list of what is wrong with the page; an empty one means that nothing is. SHOTS is a folder for pictures.
"""

import base64
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time


class Browser:
    """Chromium with its DevTools protocol on file descriptors 3 and 4: messages end with a zero byte."""

    def __init__(self, program, profile):
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        # The numbers that Chromium expects; both pipes may stand on them already.
        def place():
            first, second = os.dup(to_browser), os.dup(from_browser)
            high = [os.dup2(first, 100), os.dup2(second, 101)]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [
                program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-extensions", "--disable-background-networking", "--disable-dev-shm-usage",
                f"--user-data-dir={profile}", "about:blank",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            close_fds=False, preexec_fn=place,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.number, self.events, self.session = b"", 0, [], None

    def receive(self, patience=60):
        end = time.monotonic() + patience
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise SystemExit("the browser does not answer")
            part = os.read(self.read_end, 1 << 16)
            if not part:
                raise SystemExit("the browser ended")
            self.buffer += part
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if self.session:
            request["sessionId"] = self.session
        message = json.dumps(request).encode() + b"\0"
        while message:
            message = message[os.write(self.write_end, message):]
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise SystemExit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self.receive())

    def attach(self):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"]:
            self.call(f"{domain}.enable")

    def open(self, url):
        self.events = [event for event in self.events if event.get("method") != "Page.loadEventFired"]
        self.call("Page.navigate", url=url)
        self.wait_for("Page.loadEventFired")

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise SystemExit(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    def press(self, key, text=None, code=0):
        down = {"type": "keyDown" if text else "rawKeyDown", "key": key, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", **(down | ({"text": text} if text else {})))
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def end(self):
        self.process.kill()
        self.process.wait()


# The contrast of every text against what lies behind it, by WCAG 2.2; the worst ones below 4.5.
CONTRAST = r"""(() => {
  const parse = (c) => { const m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
  const light = (c) => c.slice(0, 3).map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; } return [255, 255, 255, 1]; };
  const bad = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || ["SCRIPT", "STYLE", "title"].includes(e.tagName) || !e.checkVisibility()) continue;
    const [one, other] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) bad.add(e.tagName + "." + e.className + " " + ratio.toFixed(2));
  }
  for (const e of document.querySelectorAll("svg rect:not(.slot):not(.rest), .swatch")) {
    const style = getComputedStyle(e);
    const colour = e.tagName === "rect" ? style.fill : style.color;
    const [one, other] = [light(parse(colour)), light(behind(e.closest("svg") ?? e.parentElement))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 3) bad.add(e.tagName + "." + e.getAttribute("class") + " " + ratio.toFixed(2));
  }
  return [...bad];
})()"""

HEADINGS = r"""(() => {
  let before = 0; const bad = [];
  for (const h of document.querySelectorAll("h1, h2, h3, h4")) {
    const level = Number(h.tagName[1]);
    if (level > before + 1) bad.push(h.textContent);
    before = level;
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  bad.push(...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => "id twice: " + id));
  for (const a of document.querySelectorAll("a[href^='#']")) if (!document.getElementById(a.hash.slice(1))) bad.push("no " + a.hash);
  for (const e of document.querySelectorAll("[aria-labelledby]")) if (!document.getElementById(e.getAttribute("aria-labelledby"))) bad.push("label of " + e.tagName);
  return bad;
})()"""

SMALL_TARGETS = r"""[...document.querySelectorAll("button, nav a, summary, input")].filter((e) => e.checkVisibility())
  .map((e) => [e.textContent, e.getBoundingClientRect().height]).filter(([, height]) => height < 24)"""


def look(browser, url, shots):
    wrong = []

    def must(holds, what):
        if not holds:
            wrong.append(what)

    for width in [360, 768, 1440]:
        for scheme in ["light", "dark"]:
            here = f"{width} {scheme}: "
            browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
            browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            browser.open(url)
            over = browser.value("document.documentElement.scrollWidth - innerWidth")
            must(over <= 0, f"{here}{over} pixels wider than the window")
            cut = "[...document.querySelectorAll('.cards')].filter((e) => e.parentElement.scrollWidth > e.parentElement.clientWidth)"
            must(browser.value(f"{cut}.length") == 0, f"{here}deliveries or buffers are cut at the side")
            for text in browser.value(CONTRAST):
                wrong.append(f"{here}contrast: {text}")
            for small in browser.value(SMALL_TARGETS):
                wrong.append(f"{here}too small to hit: {small}")
            picture = browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
            (shots / f"{width}-{scheme}.png").write_bytes(base64.b64decode(picture))

    wrong.extend(browser.value(HEADINGS))
    # Samples and templates are words, whatever they hold.
    must(browser.value("typeof injected") == "undefined", "something of the data ran")
    must(browser.value("document.images.length + document.querySelectorAll('iframe,object,embed,link,base').length") == 0, "foreign elements")
    must(browser.value("document.scripts.length") == 1, "more than one script")

    # Keys: past the navigation, along a chart, a table sorted and filtered.
    browser.open(url)
    browser.press("Tab", code=9)
    must(browser.value("document.activeElement.className") == "skip", "the skip link does not come first")
    browser.press("Enter", "\r", 13)
    must(browser.value("document.activeElement.id") == "main", "the skip link does not lead to the content")
    plot = "document.querySelector('[role=slider]')"
    must(browser.value(f"!!{plot}"), "no chart can be read with keys")
    if browser.value(f"!!{plot}"):
        browser.value(f"{plot}.focus()")
        browser.press("ArrowRight", code=39)
        browser.press("ArrowRight", code=39)
        must(browser.value(f"{plot}.getAttribute('aria-valuenow')") in ["2", "3"], "the arrow keys do not move along the chart")
        same = f"{plot}.getAttribute('aria-valuetext') === {plot}.closest('figure').querySelector('.readout').textContent"
        must(browser.value(same), "what is read out is not what is shown")
    head = "document.querySelector('[data-sortable] th button')"
    if browser.value(f"!!{head}"):
        browser.value(f"{head}.focus()")
        browser.press("Enter", "\r", 13)
        must(browser.value(f"{head}.parentElement.getAttribute('aria-sort')") == "ascending", "Enter does not sort")
        rows = f"[...{head}.closest('table').tBodies[0].rows].map((row) => row.cells[0].textContent)"
        shown = browser.value(rows)
        must(browser.value(f"(() => {{ const all = {rows}; return all.join() === [...all].sort((a, b) => a.localeCompare(b)).join(); }})()"), f"not sorted: {shown}")
    must(browser.value("!!document.querySelector('.filter input')"), "no table can be filtered")
    if browser.value("!!document.querySelector('.filter input')"):
        browser.value("document.querySelector('.filter input').focus()")
        for letter in "zzzz":
            browser.press(letter, letter, ord(letter.upper()))
        hidden = "[...document.querySelector('.filter').nextElementSibling.querySelectorAll('tbody tr')].every((row) => row.hidden)"
        must(browser.value(hidden), "the filter leaves rows that do not fit")
    before = browser.value("getComputedStyle(document.body).backgroundColor")
    browser.value("document.querySelector('nav button').click()")
    must(browser.value("getComputedStyle(document.body).backgroundColor") != before, "the theme does not change")

    # What a screen reader is told.
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    role = lambda node: node.get("role", {}).get("value")
    name = lambda node: node.get("name", {}).get("value", "").strip()
    seen = {role(node) for node in nodes if not node.get("ignored")}
    for landmark in ["main", "banner", "navigation", "contentinfo", "heading", "columnheader", "rowheader"]:
        must(landmark in seen, f"no {landmark}")
    for node in nodes:
        if not node.get("ignored") and role(node) in ["slider", "image", "img", "button", "link", "searchbox", "region", "textbox"]:
            must(name(node), f"a {role(node)} without a name")

    # Without its script the page says the same.
    words = browser.value("document.querySelector('main').querySelectorAll('section, table, article').length")
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(url)
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    count = "document.querySelector('main').querySelectorAll('section, table, article').length"
    must(browser.value(count) == words, "parts are missing without the script")
    must(browser.value("[...document.querySelectorAll('section')].every((section) => section.innerText.length > 20)"), "a section is empty without the script")
    must(browser.value("!document.querySelector('button, input')"), "controls without a function stand there without the script")

    for event in browser.events:
        method, params = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            wrong.append(f"exception: {params['exceptionDetails'].get('text')}")
        if method == "Log.entryAdded":
            wrong.append(f"console: {params['entry']['text']}")
        if method == "Network.requestWillBeSent" and params["request"]["url"] != url:
            wrong.append(f"asks the network for {params['request']['url']}")
    return wrong


def main():
    program, page, shots = sys.argv[1:]
    shots = pathlib.Path(shots)
    shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(program, profile)
        try:
            browser.attach()
            wrong = look(browser, pathlib.Path(page).resolve().as_uri(), shots)
        finally:
            browser.end()
    json.dump(sorted(set(wrong)), sys.stdout, indent=1)


main()
