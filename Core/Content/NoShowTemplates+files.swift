extension NoShowTemplates {
    /// Every file in `NoShows/` by its name: what is embedded has no list of its own, so this one is compared with the folder by a
    /// test.
    package static var files: [(name: String, bytes: [UInt8])] {
        [
            ("host_absent.en.mail.html", PackageResources.host_absent_en_mail_html),
            ("host_absent.en.mail.txt", PackageResources.host_absent_en_mail_txt),
            ("host_absent.en.notice.txt", PackageResources.host_absent_en_notice_txt),
            ("host_absent.fr.mail.html", PackageResources.host_absent_fr_mail_html),
            ("host_absent.fr.mail.txt", PackageResources.host_absent_fr_mail_txt),
            ("host_absent.fr.notice.txt", PackageResources.host_absent_fr_notice_txt),
            ("no_show_later.en.mail.html", PackageResources.no_show_later_en_mail_html),
            ("no_show_later.en.mail.txt", PackageResources.no_show_later_en_mail_txt),
            ("no_show_later.fr.mail.html", PackageResources.no_show_later_fr_mail_html),
            ("no_show_later.fr.mail.txt", PackageResources.no_show_later_fr_mail_txt),
            ("no_show_rate.en.mail.html", PackageResources.no_show_rate_en_mail_html),
            ("no_show_rate.en.mail.txt", PackageResources.no_show_rate_en_mail_txt),
            ("no_show_rate.en.notice.txt", PackageResources.no_show_rate_en_notice_txt),
            ("no_show_rate.fr.mail.html", PackageResources.no_show_rate_fr_mail_html),
            ("no_show_rate.fr.mail.txt", PackageResources.no_show_rate_fr_mail_txt),
            ("no_show_rate.fr.notice.txt", PackageResources.no_show_rate_fr_notice_txt),
            ("no_show_today.en.mail.html", PackageResources.no_show_today_en_mail_html),
            ("no_show_today.en.mail.txt", PackageResources.no_show_today_en_mail_txt),
            ("no_show_today.fr.mail.html", PackageResources.no_show_today_fr_mail_html),
            ("no_show_today.fr.mail.txt", PackageResources.no_show_today_fr_mail_txt),
        ]
    }
}
