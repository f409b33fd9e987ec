#compdef taskrunner
# Completion of taskrunner for zsh, printed by `taskrunner completion zsh`.
# The table at the end is what that release had; a newer release answers for itself.

_taskrunner() {
    local program=${words[1]} line kind
    local -a answer described
    whence -- "$program" >/dev/null || program=taskrunner
    answer=("${(@f)$("$program" completion --complete zsh "${(j: :)words[1,CURRENT-1]} $PREFIX" \
        <<<"$_taskrunner_table" 2>/dev/null)}")
    kind=${answer[1]}
    case $kind in
        files*) _files; return ;;
        folders*) _files -/; return ;;
    esac
    for line in "${(@)answer[2,-1]}"; do
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    (( ${#described} )) || return 1
    if [[ $kind == *" open" ]]; then
        _describe -V taskrunner described -S ''
    else
        _describe -V taskrunner described
    fi
}

typeset -g _taskrunner_table=@TABLE@

if [[ ${funcstack[1]} == _taskrunner ]]; then
    _taskrunner "$@"
else
    (( ${+functions[compdef]} )) || { autoload -Uz compinit && compinit; }
    compdef _taskrunner taskrunner
fi
