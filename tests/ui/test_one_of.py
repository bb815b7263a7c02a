"""One of a few to choose from: what is none of them is no choice."""

from streamlit.testing.v1 import AppTest


def page():
    import streamlit as st

    from pages._ui.one_of import one_of

    state = st.session_state
    state.setdefault("heard", [])
    one_of("Which", {"a": "An A", "b": "A B"}, state.get("now", "a"), "which", state.heard.append)


def test_a_click_is_a_choice_and_what_a_browser_still_shows_of_other_options_is_none():
    app = AppTest.from_function(page).run()
    app.radio(key="which").set_value("b").run()
    assert app.session_state["heard"] == ["b"]
    app.radio(key="which").options.append("An option of before")
    app.radio(key="which").set_value("An option of before").run()
    assert app.session_state["heard"] == ["b"]
    assert not app.exception
