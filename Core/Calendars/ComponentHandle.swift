private import CICal

/// Owns a component of libical's, with everything below it.
struct ComponentHandle: ~Copyable {
    enum Kind {
        case calendar
        case event
    }

    /// libical's switch for aborting on a mistake; off, whatever the build's default is.
    private static let isTolerant: Bool = {
        icalerror_set_errors_are_fatal(0)
        return true
    }()

    private let pointer: OpaquePointer

    /// An empty component. The corresponding C function is `icalcomponent_new`.
    ///
    /// - Throws: `libraryFailed` when memory is exhausted.
    static func open(_ kind: Kind) throws(CalendarError) -> ComponentHandle {
        let kind = kind == .calendar ? ICAL_VCALENDAR_COMPONENT : ICAL_VEVENT_COMPONENT
        guard isTolerant, let pointer = icalcomponent_new(kind) else { throw .libraryFailed }
        return ComponentHandle(adopting: pointer)
    }

    private init(adopting pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        icalcomponent_free(pointer)
    }

    /// Takes a property over. Nil is what libical answers when memory is exhausted.
    borrowing func add(_ property: OpaquePointer?) throws(CalendarError) {
        guard let property else { throw .libraryFailed }
        icalcomponent_add_property(pointer, property)
    }

    /// Takes a component over. The corresponding C function is `icalcomponent_add_component`.
    borrowing func add(_ child: consuming ComponentHandle) {
        icalcomponent_add_component(pointer, child.released())
    }

    /// The component in its textual form, folded. The corresponding C function is `icalcomponent_as_ical_string_r`.
    var bytes: [UInt8] {
        get throws(CalendarError) {
            guard let text = icalcomponent_as_ical_string_r(pointer) else { throw .libraryFailed }
            defer { icalmemory_free_buffer(text) }
            var end = text
            while end.pointee != 0 { end += 1 }
            return [UInt8](UnsafeRawBufferPointer(start: text, count: end - text))
        }
    }

    private consuming func released() -> OpaquePointer {
        let pointer = pointer
        discard self
        return pointer
    }
}
