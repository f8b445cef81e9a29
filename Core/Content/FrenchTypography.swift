/// No-break spaces where French typography wants them, put into the templates when they are read, so that the files hold plain
/// spaces that an editor shows. Names and links from outside are never touched.
enum FrenchTypography {
    static func applied(to template: String) -> String {
        var text = template
        for mark in [":", ";", "!", "?", "»"] {
            text = text.replacing(" " + mark, with: noBreakSpace + mark)
        }
        return text.replacing("« ", with: "«" + noBreakSpace)
    }
}
