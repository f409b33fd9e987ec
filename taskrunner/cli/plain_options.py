"""The options of the commonest verbs, as `.ci/command_line.py` read them off the definitions.

Reading them from there at run time would load the command-line library, which is what this file is to avoid.
"""

from typing import Final

__all__ = ["FLAG", "MANY", "NUMBER", "OPTIONS", "TEXT"]

FLAG: Final = "flag"
MANY: Final = "many"
NUMBER: Final = "number"
TEXT: Final = "text"

OPTIONS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "": {
        "--version": ("version", FLAG),
        "--list-tasks": ("show_tasks", FLAG),
        "-T": ("show_tasks", FLAG),
        "--clean": ("clean_all", FLAG),
        "--clean-cache": ("clean_some", MANY),
        "--cache-type": ("cache_type", TEXT),
        "--config-file": ("config_file", TEXT),
        "-f": ("config_file", TEXT),
        "--refresh-includes": ("refresh_includes", FLAG),
        "--output": ("output", TEXT),
        "-o": ("output", TEXT),
        "--no-color": ("no_color", FLAG),
        "--log-file": ("log_file", TEXT),
        "--docker-host": ("docker_host", TEXT),
        "--docker-context": ("docker_context", TEXT),
        "--docker-config": ("docker_config", TEXT),
        "--docker-tls": ("docker_tls", FLAG),
        "--docker-tls-verify": ("docker_tls_verify", FLAG),
        "--docker-tls-ca-cert": ("docker_tls_ca_cert", TEXT),
        "--docker-tls-cert": ("docker_tls_cert", TEXT),
        "--docker-tls-key": ("docker_tls_key", TEXT),
        "--docker-cert-path": ("docker_cert_path", TEXT),
        "--enable-telemetry": ("enable_telemetry", FLAG),
        "--disable-telemetry": ("disable_telemetry", FLAG),
    },
    "run": {
        "--config-file": ("config_file", TEXT),
        "-f": ("config_file", TEXT),
        "--refresh-includes": ("refresh_includes", FLAG),
        "--config-vars-file": ("config_vars_file", TEXT),
        "--config-var": ("config_var", MANY),
        "--override-image": ("override_image", MANY),
        "--tag-image": ("tag_image", MANY),
        "--use-network": ("use_network", TEXT),
        "--disable-ports": ("disable_ports", FLAG),
        "--skip-prerequisites": ("skip_prerequisites", FLAG),
        "--max-parallelism": ("max_parallelism", NUMBER),
        "--cache-type": ("cache_type", TEXT),
        "--no-proxy-vars": ("no_proxy_vars", FLAG),
        "--enable-buildkit": ("enable_buildkit", FLAG),
        "--rebuild": ("rebuild", FLAG),
        "--no-cleanup-after-failure": ("no_cleanup_after_failure", FLAG),
        "--no-cleanup-after-success": ("no_cleanup_after_success", FLAG),
        "--no-cleanup": ("no_cleanup", FLAG),
        "--shell-on-failure": ("shell_on_failure", FLAG),
        "--force": ("force", FLAG),
        "--explain": ("explain", FLAG),
        "--timeline": ("timeline", TEXT),
        "--watch": ("watch", FLAG),
        "--parallel": ("parallel", FLAG),
        "--output": ("output", TEXT),
        "-o": ("output", TEXT),
        "--no-color": ("no_color", FLAG),
        "--log-file": ("log_file", TEXT),
        "--docker-host": ("docker_host", TEXT),
        "--docker-context": ("docker_context", TEXT),
        "--docker-config": ("docker_config", TEXT),
        "--docker-tls": ("docker_tls", FLAG),
        "--docker-tls-verify": ("docker_tls_verify", FLAG),
        "--docker-tls-ca-cert": ("docker_tls_ca_cert", TEXT),
        "--docker-tls-cert": ("docker_tls_cert", TEXT),
        "--docker-tls-key": ("docker_tls_key", TEXT),
        "--docker-cert-path": ("docker_cert_path", TEXT),
        "--enable-telemetry": ("enable_telemetry", FLAG),
        "--disable-telemetry": ("disable_telemetry", FLAG),
        "--no-update-notification": ("no_update_notification", FLAG),
        "--no-wrapper-cache-cleanup": ("no_wrapper_cache_cleanup", FLAG),
    },
    "list": {
        "--json": ("as_json", FLAG),
        "--output": ("output", TEXT),
        "-o": ("output", TEXT),
        "--no-color": ("no_color", FLAG),
        "--config-file": ("config_file", TEXT),
        "-f": ("config_file", TEXT),
        "--refresh-includes": ("refresh_includes", FLAG),
        "--enable-telemetry": ("enable_telemetry", FLAG),
        "--disable-telemetry": ("disable_telemetry", FLAG),
    },
}
