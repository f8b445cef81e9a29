/// What is left of an address once a provider's wrapping is off, checked to be digits and punctuation.
///
/// The library would go further: read vanity letters, follow `;phone-context=`, drop an extension, pick a number out of a
/// sentence. A message must not go to a number that was guessed, so none of that reaches it.
struct PhoneNumberText {
    /// Fit for the library.
    let text: String

    init(_ raw: String) throws(PhoneNumberError) {
        var rest = Substring(raw.withoutUnseenMarks.lowercased())
        rest.trimBlanks()
        var isInternational = rest.removePrefix("whatsapp:")
        _ = rest.removePrefix("tel:")
        if rest.removeSuffix("@c.us") || rest.removeSuffix("@s.whatsapp.net") {
            isInternational = true
        }
        rest.trimBlanks()
        guard rest.unicodeScalars.contains(where: \.isDigit), rest.unicodeScalars.allSatisfy(\.isPartOfANumber) else {
            throw .notANumber
        }
        // WhatsApp's own ids are international numbers without their plus sign.
        text = isInternational && !rest.hasPrefix("+") ? "+" + rest : String(rest)
    }
}

extension String {
    /// Without the marks of direction that a copied number carries along, and with plain blanks: the narrow no-break space of
    /// French typography is not among those that the library knows.
    fileprivate var withoutUnseenMarks: String {
        var cleaned = UnicodeScalarView()
        for scalar in unicodeScalars where scalar.properties.generalCategory != .format {
            cleaned.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
        }
        return String(cleaned)
    }
}

extension Substring {
    fileprivate mutating func trimBlanks() {
        while first?.isWhitespace == true { removeFirst() }
        while last?.isWhitespace == true { removeLast() }
    }

    fileprivate mutating func removePrefix(_ prefix: String) -> Bool {
        guard hasPrefix(prefix) else { return false }
        removeFirst(prefix.count)
        return true
    }

    fileprivate mutating func removeSuffix(_ suffix: String) -> Bool {
        guard hasSuffix(suffix) else { return false }
        removeLast(suffix.count)
        return true
    }
}

extension Unicode.Scalar {
    /// In any script: people copy numbers from full-width and Arabic text.
    fileprivate var isDigit: Bool { properties.generalCategory == .decimalNumber }

    fileprivate var isPartOfANumber: Bool {
        switch properties.generalCategory {
        case .decimalNumber, .spaceSeparator, .dashPunctuation: true
        default: "+＋()./（）－．".unicodeScalars.contains(self)
        }
    }
}
