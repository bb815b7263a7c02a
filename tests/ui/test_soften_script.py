"""What the browser makes of logits is what numpy makes of them, and torch."""

from pathlib import Path

import numpy as np
import torch
from app_server import needs_chromium

from kdcore import softness

STATIC = Path(__file__).parents[2] / "pages" / "_ui" / "static"
pytestmark = needs_chromium

SOFTEN = """async ([teachers, students, temperatures]) => {
    const { soften, entropy, divergence } = await import("/soften.js");
    return temperatures.map((T) => teachers.map((z, i) => ({
        shares: soften(z, T), entropy: entropy(z, T), divergence: divergence(z, students[i], T),
    })));
}"""


def test_the_browser_softens_as_numpy_and_torch_do(chromium):
    draw = np.random.default_rng(0)
    teachers, students = draw.normal(0, 12, (2, 20, 10))
    teachers[0] = [-1000, 1000, *[0] * 8]  # nothing overflows
    students[1:6] = teachers[1:6] + draw.normal(0, 1e-8, (5, 10))  # so near that rounding alone could fall below 0
    temperatures = [*softness.STOPS, 0.1, 3.3, 100]
    page = chromium.new_page()
    page.route("**/soften.js", lambda route: route.fulfill(path=STATIC / "soften.js", content_type="text/javascript"))
    page.route("http://lab.example/", lambda route: route.fulfill(body="<body></body>", content_type="text/html"))
    page.goto("http://lab.example/")
    found = page.evaluate(SOFTEN, [teachers.tolist(), students.tolist(), temperatures])
    page.close()
    for temperature, answers in zip(temperatures, found, strict=True):
        shares = [answer["shares"] for answer in answers]
        expected = torch.softmax(torch.from_numpy(teachers) / temperature, dim=-1).numpy()
        np.testing.assert_allclose(shares, expected, atol=1e-6)
        np.testing.assert_allclose(shares, softness.soften(teachers, temperature), atol=1e-12)
        entropies = [answer["entropy"] for answer in answers]
        np.testing.assert_allclose(entropies, softness.entropy(teachers, temperature), atol=1e-6)
        apart = [answer["divergence"] for answer in answers]
        assert min(apart) >= 0
        np.testing.assert_allclose(apart, softness.divergence(teachers, students, temperature), rtol=1e-6, atol=1e-6)
