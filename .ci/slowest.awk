# The slowest tests, from the reports of Surefire: awk -f slowest.awk TEST-*.xml | sort -rn | head
/<testcase / {
    time = attribute("time")
    gsub(",", "", time)
    name = attribute("name")
    gsub("&#10;|&#13;", " ", name)
    gsub("&quot;", "\"", name)
    gsub("&apos;", "'", name)
    gsub("&lt;", "<", name)
    gsub("&gt;", ">", name)
    gsub("&amp;", "\\&", name)
    class = attribute("classname")
    sub(".*[.]", "", class)
    printf "%8.1f s  %s %s\n", time, class, substr(name, 1, 90)
}

# The value of an attribute of the line's element; names are preceded by a blank, so that classname is not name.
function attribute(key) {
    if (!match($0, " " key "=\"[^\"]*\"")) {
        return ""
    }
    return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 4)
}
