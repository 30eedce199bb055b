import pytest
from small_news import build

import eventstudy as es
from eventstudy.exceptions import SpecificationError
from eventstudy.news.classification.plugins import own_classifier


def test_a_classifier_of_ones_own_from_the_command_line(run, tmp_path, monkeypatch):
    (tmp_path / "mine_for_test.py").write_text(
        "from eventstudy.news.classification import Label\n"
        "def label(headline, text):\n"
        "    return Label(category='deal', actor='US', target='n/a', direction='neutral',\n"
        "        expected_sign='0', rule='mine', words='', confidence=1.0, outcome='event',\n"
        "        reason=None)\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    out, code, _, err = build(run, tmp_path, "--classifier", "mine_for_test:label", "--no-merge")
    assert (code, err) == (0, "")
    assert set(es.read_events(out).frame["category"]) == {"deal"}
    for wrong, message_part in [
        ("mine_for_test", "write module:function"),
        ("mine_for_test:labl", "has no function 'labl'"),
        ("no_such_module_here:label", "No module named"),
    ]:
        _, code, _, err = build(run, tmp_path, "--classifier", wrong)
        assert (code, err.count("\n")) == (2, 1)
        assert message_part in err


def test_what_is_no_classifier_is_refused_on_one_line(tmp_path, monkeypatch):
    (tmp_path / "torn_for_test.py").write_text(
        "raise ImportError('a\\x1e\\x1bb' + ' long' * 999)\n"
    )
    monkeypatch.chdir(tmp_path)
    assert own_classifier("math:hypot")(3, 4) == 5
    for name, reason in [
        ("math", "write module:function, such as my_rules:label"),
        (":label", "write module:function"),
        ("math:pi", "math has no function 'pi'"),
        ("torn_for_test:label", "'torn_for_test:label': a b long"),
    ]:
        with pytest.raises(SpecificationError) as caught:
            own_classifier(name)
        message = str(caught.value)
        assert message.startswith(f"--classifier {name!r}: ")
        assert reason in message
        assert message.isprintable()
        assert len(message) < 400
