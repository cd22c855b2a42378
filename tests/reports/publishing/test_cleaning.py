import re

import pytest

from cvlab.reports.publishing.cleaning import clean_html, frame_tables, hold_numbers, order_headings


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ('<img src=x onerror="alert(1)">', ""),
        ('<a href="javascript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="#here">x</a>', '<a href="#here">x</a>'),
        ("<svg><script>alert(1)</script></svg>after", "after"),
        ("<style>p{}</style><p style='color:red'>x</p>", "<p>x</p>"),
        ("<scr<script>ipt>alert(1)</script>", "&lt;scr"),
        ('<p class="a" onclick="x()">x & y</p>', '<p class="a">x &amp; y</p>'),
        ("<form action='//evil'><input></form>", ""),
    ],
)
def test_cleaning_leaves_only_harmless_tags(html, clean):
    assert clean_html(html) == clean


def test_headings_stand_below_the_title_of_the_chapter_without_a_gap():
    assert order_headings("<h1>a</h1><h3 class='x'>b</h3><h6>c</h6><hr>") == (
        "<h3>a</h3><h4 class='x'>b</h4><h5>c</h5><hr>"
    )


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("(−€10.71 to €2.00)", ["−€10.71"]),
        (
            "-10,71\N{NO-BREAK SPACE}€ and −1\N{NARROW NO-BREAK SPACE}234,5 €",
            ["-10,71", "−1\N{NARROW NO-BREAK SPACE}234,5"],
        ),
        ("−CHF\N{NO-BREAK SPACE}5.00, −3.5%.", ["−CHF\N{NO-BREAK SPACE}5.00", "−3.5%"]),
        ("2025-01-02, mid-10, 5-10 and a - 3 b", []),
        ('<b title="-5">x</b>&lt;-&gt; &amp;-7', ["-7"]),
    ],
)
def test_a_minus_sign_stays_with_its_number_and_the_words_stay_the_same(text, whole):
    held = hold_numbers(text)
    assert re.findall(r'<span class="whole">(.*?)</span>', held) == whole
    assert re.sub(r'<span class="whole">(.*?)</span>', r"\1", held) == text
    assert clean_html(held) == held


def make_table(columns, letters="8" * 10):
    head = "".join('<th class="number">a</th>' for _ in range(columns))
    row = "".join(f'<td class="number">{letters}</td>' for _ in range(columns))
    return f"<table><thead><tr>{head}</tr></thead><tbody><tr>{row}</tr></tbody></table>"


def test_tables_are_named_and_their_heads_have_a_scope():
    framed = frame_tables("<p>a</p><table><tr><th>n</th></tr></table><table></table>", where="chapter 3")
    assert re.findall(r'aria-label="([^"]*)"', framed) == ["Table 1 of chapter 3", "Table 2 of chapter 3"]
    assert framed.count('tabindex="0"') == framed.count("</table></div>") == 2
    assert '<th scope="col">n</th>' in framed
    assert frame_tables('<table><tr><th scope="row">n</th></tr></table>', where="x").count("scope=") == 1


@pytest.mark.parametrize(
    ("columns", "classes"),
    [(4, "scroll"), (10, "scroll dense"), (15, "scroll landscape"), (30, "scroll landscape crowded")],
)
def test_a_table_too_wide_for_paper_says_so(columns, classes):
    assert f'<div class="{classes}" ' in frame_tables(make_table(columns), where="chapter 1")


def test_words_that_can_be_broken_do_not_make_a_table_wide():
    sentence = "many words in one cell " * 20
    assert 'class="scroll"' in frame_tables(f"<table><tr><td>{sentence}</td></tr></table>", where="x")
    assert "crowded" in frame_tables(f"<table><tr><td>{'W' * 200}</td></tr></table>", where="x")
