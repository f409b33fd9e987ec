# Completion of taskrunner for fish 3 and newer, printed by `taskrunner completion fish`.
# The table at the end is what that release had; a newer release answers for itself.

function __taskrunner_complete
    set -l tokens (commandline -opc)
    set -l program $tokens[1]
    type -q -- $program; or set program taskrunner
    set -l answer (printf '%s\n' $__taskrunner_table | $program completion --complete fish (commandline -cp) 2>/dev/null)
    switch "$answer[1]"
        case 'files*'
            __fish_complete_path (commandline -ct)
        case 'folders*'
            __fish_complete_directories (commandline -ct)
        case '*'
            printf '%s\n' $answer[2..-1]
    end
end

set -g __taskrunner_table @TABLE@

complete -c taskrunner -e
complete -c taskrunner -f -k -a '(__taskrunner_complete)'
