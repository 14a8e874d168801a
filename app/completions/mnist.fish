# Completion of mnist's commands, options and their values for fish, taken from `mnist COMMAND --help`, so that it always
# fits the installed program.

function __mnist_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    if test (count $words) -eq 1
        $words[1] --help 2>/dev/null | string replace -rf '^  ([a-z][a-z0-9-]*) +' '$1\t'
        return
    end
    set -l help (COLUMNS=10000 $words[1] $words[2] --help 2>/dev/null)
    set -l argument
    if string match -q -- '--*' $words[-1]
        set argument (string replace -rf -- "^  $words[-1] (\S+) .*" '$1' $help)
    end
    switch "$argument"
        case ''
            if string match -q -- '-*' $word
                string replace -rf -- '^  (--\S+)( \S+)? +' '$1\t' $help
            else if string match -q -- 'Usage: *FILE*' $help[1]
                __fish_complete_path $word
            end
        case DIR
            __fish_complete_directories $word
        case '*FILE*'
            __fish_complete_path $word
        case '*' # Literal values are in lower case.
            string split -- '|' $argument | string match -r -- '^[a-z0-9-]+$'
    end
end

complete -c mnist -f -a '(__mnist_complete)'
