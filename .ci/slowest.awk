# The slowest classes of tests, from the reports of Surefire: awk -f slowest.awk TEST-*.xml | sort -rn | head
/<testsuite / {
    time = attribute("time")
    gsub(",", "", time)
    name = attribute("name")
    sub(".*[.]", "", name)
    printf "%8.1f s  %5d tests  %s\n", time, attribute("tests"), name
}

# The value of an attribute of the line's element; names are preceded by a blank, so that classname is not name.
function attribute(key) {
    if (!match($0, " " key "=\"[^\"]*\"")) {
        return ""
    }
    return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4)
}
