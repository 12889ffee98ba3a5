package io.varve.s3.operation;

import io.varve.s3.xml.XmlWriter;

/** How documents name a user. */
final class Owner {

    private Owner() {}

    /** Writes an owner; a user's name is both id and display name. */
    static void write(XmlWriter xml, String element, String user) {
        xml.open(element).text("ID", user).text("DisplayName", user).close(element);
    }
}
