"""Whether a CI system runs us, and which.

Source: the variables that the systems' own documents name, as collected by ci-info 4.5 (MIT) and by
batect 0.85. A variable that is empty, `0` or `false` counts as not set, and `CI=false` beats them all:
people write it to be treated as a person.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["SYSTEMS", "on_ci", "system"]

# The first that matches: those that imitate another system's variables stand before it.
_SYSTEMS: Final = {
    "gitea-actions": ("GITEA_ACTIONS",),
    "github-actions": ("GITHUB_ACTIONS",),
    "gitlab": ("GITLAB_CI",),
    "jenkins": ("JENKINS_URL", "BUILD_ID"),
    "hudson": ("HUDSON_URL",),
    "circleci": ("CIRCLECI",),
    "azure-pipelines": ("TF_BUILD",),
    "buildkite": ("BUILDKITE",),
    "bitbucket": ("BITBUCKET_COMMIT",),
    "travis": ("TRAVIS",),
    "teamcity": ("TEAMCITY_VERSION",),
    "bamboo": ("bamboo_planKey",),
    "drone": ("DRONE",),
    "agola": ("AGOLA_GIT_REF",),
    "alpic": ("ALPIC_HOST",),
    "appcenter": ("APPCENTER_BUILD_ID",),
    "appcircle": ("AC_APPCIRCLE",),
    "appveyor": ("APPVEYOR",),
    "codebuild": ("CODEBUILD_BUILD_ARN",),
    "bitrise": ("BITRISE_IO",),
    "buddy": ("BUDDY_WORKSPACE_ID",),
    "capawesome-cloud": ("CAPAWESOME_CLOUD",),
    "cirrus": ("CIRRUS_CI",),
    "cloudflare-pages": ("CF_PAGES",),
    "cloudflare-workers": ("WORKERS_CI",),
    "codefresh": ("CF_BUILD_ID",),
    "codemagic": ("CM_BUILD_ID",),
    "dsari": ("DSARI",),
    "earthly": ("EARTHLY_CI",),
    "eas": ("EAS_BUILD",),
    "gerrit": ("GERRIT_PROJECT",),
    "gocd": ("GO_PIPELINE_LABEL",),
    "google-cloud-build": ("BUILDER_OUTPUT",),
    "harness": ("HARNESS_BUILD_ID",),
    "layerci": ("LAYERCI",),
    "magnum": ("MAGNUM",),
    "netlify": ("NETLIFY",),
    "nevercode": ("NEVERCODE",),
    "prow": ("PROW_JOB_ID",),
    "releasehub": ("RELEASE_BUILD_ID",),
    "render": ("RENDER",),
    "rwx": ("RWX",),
    "sail": ("SAILCI",),
    "screwdriver": ("SCREWDRIVER",),
    "semaphore": ("SEMAPHORE",),
    "shippable": ("SHIPPABLE",),
    "solano": ("TDDIUM",),
    "space": ("JB_SPACE_API_URL",),
    "strider": ("STRIDER",),
    "taskcluster": ("TASK_ID", "RUN_ID"),
    "vela": ("VELA",),
    "vercel": ("VERCEL",),
    "xcode-cloud": ("CI_XCODE_PROJECT",),
    "xcode-server": ("XCS",),
}
_BY_VALUE: Final = {
    "codeship": ("CI_NAME", "codeship"),
    "sourcehut": ("CI_NAME", "sourcehut"),
    "woodpecker": ("CI", "woodpecker"),
}
# Names that ordinary shells use too: enough to ask nothing, not enough to name a system.
_GENERIC: Final = (
    "CI", "CONTINUOUS_INTEGRATION", "BUILD_ID", "BUILD_NUMBER", "RUN_ID", "CI_APP_ID", "CI_BUILD_ID",
    "CI_BUILD_NUMBER", "CI_NAME",
)  # fmt: skip
_HEROKU: Final = "/app/.heroku/node/bin/node"

SYSTEMS: Final = (*_SYSTEMS, *_BY_VALUE, "heroku")
"""The names of all systems that are known."""


def on_ci(environment: Mapping[str, str]) -> bool:
    """Return whether a CI system seems to run us, known or not."""
    return system(environment) != "none"


def system(environment: Mapping[str, str]) -> str:
    """Return the CI system's name, `other` for one that is not known, or `none`."""
    if environment.get("CI", "").lower() in ("false", "0"):
        return "none"
    for name, (variable, value) in _BY_VALUE.items():
        if environment.get(variable) == value:
            return name
    for name, variables in _SYSTEMS.items():
        if all(_is_set(environment, variable) for variable in variables):
            return name
    if _HEROKU in environment.get("NODE", ""):
        return "heroku"
    return "other" if any(_is_set(environment, variable) for variable in _GENERIC) else "none"


def _is_set(environment: Mapping[str, str], variable: str) -> bool:
    return environment.get(variable, "").lower() not in ("", "false", "0")
