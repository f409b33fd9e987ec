"""What a Dockerfile starts from."""

import pytest

from taskrunner.skipping.dockerfile import base_images


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("FROM alpine\nRUN x", ("alpine",)),
        (
            "# syntax=docker/dockerfile:1\nfrom  --platform=linux/arm64 a:1 as B\nFROM b\nFROM scratch",
            ("a:1",),
        ),
        ("ARG V=3.1\nFROM alpine:$V\nFROM alpine:${V}\nFROM x:${W:-2}", ("alpine:3.1", "x:2")),
        ('ARG GIVEN=no\nARG Q="quoted"\nFROM $GIVEN\nFROM $Q', ("yes", "quoted")),
        (
            "FROM a AS one\nCOPY --from=one /x /x\nCOPY --chown=1 --from=nginx:1 / /\nCOPY --from=0 / /",
            ("a", "nginx:1"),
        ),
        (
            "FROM a\nRUN --mount=type=bind,from=tools,target=/t \\\n  --mount=from=more:2 x",
            ("a", "tools", "more:2"),
        ),
        ("FROM a\nARG V\nRUN echo FROM $V\nADD file /x\nADD --chmod=1 b /", ("a",)),
        ("ARG NONE\nFROM $NONE", None),
        ("FROM x:$TARGETARCH", None),
        ("FROM a\nADD https://example.com/x /x", None),
        ("FROM a\nADD --keep-git-dir=true git@example.com:x.git /x", None),
    ],
)
def test_base_images(text: str, images: tuple[str, ...] | None) -> None:
    """Stages are no images, arguments are put in, and None says that only a build can tell."""
    assert base_images(text, {"GIVEN": "yes"}) == images
