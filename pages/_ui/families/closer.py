"""A tree looked into: the questions that a decision tree asks, the filters of a soft tree and an example's way."""

from collections.abc import Mapping, Sequence

import streamlit as st

from kdcore.events import Row
from kdcore.figures import soft_tree, theme, tree_path
from kdcore.figures.families import ARMS, title
from kdcore.words import N_, _
from pages._ui.families.address import TEACHER, current, look
from pages._ui.list_of import list_of
from pages._ui.one_of import one_of
from pages._ui.runs import Shown
from pages._ui.still import still

KINDS = ("soft_tree", "tree")
TAUGHT = "distilled"  # the arm that teachers do not have
SCALED = N_("Numbers of your own data are told as they are learned from: less their mean, in standard deviations.")


def closer(shown: Shown) -> None:
    """One of the trees that were kept, from labels and taught; nothing before there is one."""
    known = trees(shown.rows)
    if not known:
        return
    st.subheader(_("Look into a tree"))
    asked = current()
    now = asked.tree if asked.tree in known else next(iter(known))
    if asked.tree not in ("", now):
        st.warning(_("Ignored in the address: of “{tree}” there is no tree to look into.").format(tree=asked.tree))
    list_of(
        _("Tree"),
        list(known),
        now,
        "families.tree",
        lambda other: look(tree=other),
        lambda each: _named(each, known[each]),
        _("Of each family of trees, that of the first seed."),
    )
    if known[now]["name"] == "tree":
        _questions(known[now]["data"])
    else:
        _filters(shown, now, known[now]["data"])
    if shown.order.facts.columns:
        st.caption(_(SCALED))


def trees(rows: Sequence[Row]) -> Mapping[str, Row]:
    """The trees that were kept, by the text of their family, or as the teacher."""
    kept = [row for row in rows if row["event"] == "snapshot" and row["name"] in KINDS]
    return {row["data"]["family"] if TAUGHT in row["data"] else TEACHER: row for row in kept}


def _named(place: str, row: Row) -> str:
    named = title(row["data"]["family"])
    return _("Teacher: {family}").format(family=named) if place == TEACHER else named


def _arms(data: Row) -> dict[str, str]:
    """What is to be looked at, by name: both students, or the teacher alone."""
    roles = ARMS if TAUGHT in data else {"labels": TEACHER}
    return {arm: theme.ROLES[role].title for arm, role in roles.items()}


def _questions(data: Row) -> None:
    """A decision tree in words, as scikit-learn writes it, from labels and taught side by side."""
    arms = _arms(data)
    for place, (arm, named) in zip(st.columns(len(arms), gap="medium"), arms.items(), strict=True):
        with place:
            st.caption(_(named))
            st.code(data[arm], language=None, wrap_lines=True)
    st.caption(
        _("The first {depth} questions of each way down; a leaf tells its class, and how sure it is.").format(
            depth=data["depth"]
        )
    )


def _filters(shown: Shown, place: str, data: Row) -> None:
    """A soft tree's filters where they stand, and what one example meets on its way."""
    asked, arms = current(), _arms(data)
    arm = asked.arm if asked.arm in arms else next(reversed(arms))
    examples = {str(number): _example(data, each) for number, each in enumerate(data["examples"])}
    now = asked.example if asked.example in examples else next(iter(examples))
    if asked.example not in ("", now):
        words = _("Ignored in the address: there is no example “{example}” of this tree.")
        st.warning(words.format(example=asked.example))
    if asked.arm not in ("", arm):
        words = _("Ignored in the address: a tree that teaches was not “{arm}”.")
        st.warning(words.format(arm=_(theme.ROLES[ARMS[asked.arm]].title)))
    left, right = st.columns(2)
    with left:
        one_of(_("Learned"), arms, arm, "families.arm", lambda other: other != arm and look(arm=other))
    list_of(
        _("Validation example"),
        list(examples),
        now,
        f"families.example.{shown.key}.{place}",  # other trees have other examples
        lambda other: look(example=other),
        examples.__getitem__,
        _("Those on which the two trees differ most."),
        right,
    )
    still(soft_tree, _of_tree, shown, place, arm, int(now))
    still(tree_path, _of_tree, shown, place, arm, int(now))


def _example(data: Row, example: Row) -> str:
    return _("{index}: {name}").format(index=example["index"], name=_(data["classes"][example["label"]]))


def _of_tree(shown: Shown, place: str, arm: str, example: int) -> tuple[Row, str, int]:
    columns = shown.order.facts.columns  # which the rows leave out
    return trees(shown.rows)[place]["data"] | ({"columns": columns} if columns else {}), arm, example
