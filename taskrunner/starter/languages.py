"""What a folder is written in, and the image and the command that suit it."""

import os
from typing import Final, NamedTuple

__all__ = ["HOME", "Language", "language_of"]

HOME: Final = "/home/container"


class Language(NamedTuple):
    """A language's usual container."""

    file: str
    """What tells that a folder is written in it."""
    name: str
    image: str
    """One that has `make`, too, where there is such a one."""
    test: str
    """The command that runs the tests."""
    cache: str
    """Where its tools keep what they download."""
    variable: str = ""
    """The variable that tells them to, where they would put it elsewhere."""


_LANGUAGES: Final = (
    Language("package.json", "Node.js", "node:22", "npm test", f"{HOME}/.npm"),
    Language("pyproject.toml", "Python", "python:3.13", "python -m unittest", f"{HOME}/.cache"),
    Language("requirements.txt", "Python", "python:3.13", "python -m unittest", f"{HOME}/.cache"),
    Language("go.mod", "Go", "golang:1.24", "go test ./...", "/cache/go", "GOPATH"),
    Language("Cargo.toml", "Rust", "rust:1.86", "cargo test", "/cache/cargo", "CARGO_HOME"),
    Language("pom.xml", "Java with Maven", "maven:3.9-eclipse-temurin-21", "mvn test", f"{HOME}/.m2"),
    Language(
        "build.gradle",
        "Java with Gradle",
        "gradle:8.14-jdk21",
        "gradle test",
        "/cache/gradle",
        "GRADLE_USER_HOME",
    ),
    Language(
        "build.gradle.kts",
        "Kotlin with Gradle",
        "gradle:8.14-jdk21",
        "gradle test",
        "/cache/gradle",
        "GRADLE_USER_HOME",
    ),
    Language("Gemfile", "Ruby", "ruby:3.4", "bundle exec rake test", "/cache/bundle", "BUNDLE_PATH"),
)


def language_of(folder: str) -> Language | None:
    """Return what a folder is written in, or None where nothing tells."""
    return next((each for each in _LANGUAGES if os.path.isfile(os.path.join(folder, each.file))), None)
