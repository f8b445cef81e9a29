extension MailTemplates {
    /// Every file in `Mail/` by its name: what is embedded has no list of its own, so this one is compared with the folder by a
    /// test.
    package static var files: [(name: String, bytes: [UInt8])] {
        [
            ("actions.en.html", PackageResources.actions_en_html),
            ("actions.en.txt", PackageResources.actions_en_txt),
            ("actions.fr.html", PackageResources.actions_fr_html),
            ("actions.fr.txt", PackageResources.actions_fr_txt),
            ("booking_confirmation.en.mail.html", PackageResources.booking_confirmation_en_mail_html),
            ("booking_confirmation.en.mail.txt", PackageResources.booking_confirmation_en_mail_txt),
            ("booking_confirmation.fr.mail.html", PackageResources.booking_confirmation_fr_mail_html),
            ("booking_confirmation.fr.mail.txt", PackageResources.booking_confirmation_fr_mail_txt),
            ("closer_booked.en.short.txt", PackageResources.closer_booked_en_short_txt),
            ("closer_booked.fr.short.txt", PackageResources.closer_booked_fr_short_txt),
            ("day_before.en.mail.html", PackageResources.day_before_en_mail_html),
            ("day_before.en.mail.txt", PackageResources.day_before_en_mail_txt),
            ("day_before.fr.mail.html", PackageResources.day_before_fr_mail_html),
            ("day_before.fr.mail.txt", PackageResources.day_before_fr_mail_txt),
            ("details.en.html", PackageResources.details_en_html),
            ("details.en.txt", PackageResources.details_en_txt),
            ("details.fr.html", PackageResources.details_fr_html),
            ("details.fr.txt", PackageResources.details_fr_txt),
            ("footer.en.html", PackageResources.footer_en_html),
            ("footer.fr.html", PackageResources.footer_fr_html),
            ("hour_before.en.mail.html", PackageResources.hour_before_en_mail_html),
            ("hour_before.en.mail.txt", PackageResources.hour_before_en_mail_txt),
            ("hour_before.en.short.txt", PackageResources.hour_before_en_short_txt),
            ("hour_before.fr.mail.html", PackageResources.hour_before_fr_mail_html),
            ("hour_before.fr.mail.txt", PackageResources.hour_before_fr_mail_txt),
            ("hour_before.fr.short.txt", PackageResources.hour_before_fr_short_txt),
            ("layout.html", PackageResources.layout_html),
            ("starting_now.en.mail.html", PackageResources.starting_now_en_mail_html),
            ("starting_now.en.mail.txt", PackageResources.starting_now_en_mail_txt),
            ("starting_now.en.notice.txt", PackageResources.starting_now_en_notice_txt),
            ("starting_now.en.short.txt", PackageResources.starting_now_en_short_txt),
            ("starting_now.fr.mail.html", PackageResources.starting_now_fr_mail_html),
            ("starting_now.fr.mail.txt", PackageResources.starting_now_fr_mail_txt),
            ("starting_now.fr.notice.txt", PackageResources.starting_now_fr_notice_txt),
            ("starting_now.fr.short.txt", PackageResources.starting_now_fr_short_txt),
        ]
    }
}
