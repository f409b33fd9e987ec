# Completion of taskrunner for bash 3.2 and newer, printed by `taskrunner completion bash`.
# The table at the end is what that release had; a newer release answers for itself.

_taskrunner() {
    local program=${COMP_WORDS[0]} kind="" line
    type -- "$program" >/dev/null 2>&1 || program=taskrunner
    COMPREPLY=()
    while IFS= read -r line; do
        if [ -z "$kind" ]; then
            kind=$line
        else
            COMPREPLY+=("$line")
        fi
    done < <("$program" completion --complete bash "${COMP_TYPE:-9}" "${COLUMNS:-80}" "$COMP_WORDBREAKS" \
        "${COMP_LINE:0:COMP_POINT}" <<<"$_taskrunner_table" 2>/dev/null)
    case $kind in
        files*) compopt -o default 2>/dev/null ;;
        folders*) compopt -o dirnames 2>/dev/null ;;
        *" open") compopt -o nospace 2>/dev/null ;;
    esac
}

_taskrunner_table=@TABLE@

complete -F _taskrunner taskrunner
