package io.varve.app.packaged;

/**
 * A request that is wrong, and what it must be answered with.
 *
 * @param what the mistake, for the report
 * @param status the answer's status
 * @param words something that stands in the answer
 */
record Mistake(String what, RawRequest request, int status, String words) {

    static final String BOMB = """
            <?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">\
            <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><b>&d;</b>""";
    static final String OUTSIDE =
            "<?xml version=\"1.0\"?><!DOCTYPE b [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><b>&a;</b>";
    static final String DEEP = "<a>".repeat(5000) + "</a>".repeat(5000);
    static final String BROKEN = "<?xml version=\"1.0\"?><Delete><Object>";
    static final String LONG_MAX = Long.toString(Long.MAX_VALUE);

    @Override
    public String toString() {
        return what;
    }
}
