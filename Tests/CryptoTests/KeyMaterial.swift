/// Keys made by OpenSSL for these tests alone, and what their private halves signed.
enum KeyMaterial {
    static let rsa =
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0kL6Z4yo8wy8w8KzT28VwRvPDALVhQgfJ+3mczaqUu2i7Q7c2y+7GGOm"
        + "V7BdyWpURefbZJuPqBnHszMuBoZsjwyEf2PUoFhpNr/frQBzs9Phct2kYlaeim7olyZPGhEEuWt3vqlzPBtgnitJFjrAIp7fp/X3"
        + "dO8jS3JdTZ8yAXIMPQf5C8G9x11skOpcHqTKrHWSBpQiw+sAMhGFBIOoqluzSMvNIK4HFwuivexXidfycDbHlrqDlZKQ8QEetaqH"
        + "gKD4q8IN0GbF8d+DdMhwQPHMqS8trTv2NM/Bi1b24Yzs8XwOuvwOyJGcc7I6wcYhmUR0f33nIGiWOvvJKda3yQIDAQAB"
    static let rsa1024 =
        "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC+5TtcDVOBdWE/y7XQpQGjcFZtizjWiO0mtJAVWJEAh0YBkLB3iXTqOGD+TBAP"
        + "bWQ4+bnAVqNcXfX9IUNxn0n389KYc+daKCAcC6HXMeCshD3hoIy7fdxtJD+EhKLAjFMzD4ZKqPq4gbuUf22/J//83rz1gUK3ydBC"
        + "qcCkQspYoQIDAQAB"
    static let p256 =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMbHRpREdW2mY7ETR33NN7gA74IHw5kUndKzg96B3chNByjG9ZI5oekKx6ZuFsyJz"
        + "LLbb1tKh33K0727pcdCBIQ=="
    static let p256Compressed = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADMbHRpREdW2mY7ETR33NN7gA74IHw5kUndKzg96B3chM="
    static let p256WithExplicitCurve =
        "MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAAAAAAAAAAAAAA////////////////MFsEIP//"
        + "//8AAAABAAAAAAAAAAAAAAAA///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSdNgiG5wST"
        + "amZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBo"
        + "N79R9QIhAP////8AAAAA//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABDGx0aURHVtpmOxE0d9zTe4AO+CB8OZFJ3Ss4Peg"
        + "d3ITQcoxvWSOaHpCsembhbMicyy229bSod9ytO9u6XHQgSE="
    static let p384 =
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEbfj+DdCO9fxzO4jz727t/S6/OWsL/pyflLknX5Zkj6/HbY8lc2rJypxqkdmYadEuWzYb"
        + "+QnJu65KUd6aJKl/Cw2zCDufDfPfIfUJeGAtoWAaX4FpfPEjJjcGuARH+xcs"

    /// Of `message`, by `p256`.
    static let p256Signature =
        "MEQCIBrSgcWwu708f8ZTIQmO3AXOWB0ecVajl1xvOjeODG1SAiBLQhVjaQ3tgXvVS+b6bYs4sAmRK3O1MbpdM8FZMLLk8g=="

    /// By `rsa`, for `{"iss":"api-key","sub":"closer-1","nbf":1800000000,"exp":1800000300}`.
    static let token =
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhcGkta2V5Iiwic3ViIjoiY2xvc2VyLTEiLCJuYmYiOjE4MDAwMDA"
        + "wMDAsImV4cCI6MTgwMDAwMDMwMH0.trta3VdwGwrwUSxSYM-KyYE9M4vchZ_HYzaCaQVram2piepdcfw6OrGGU5f-0YmKs3SiZVB"
        + "uFdj8gHkCAblD7R6uTEKi6_SshtxZuoJ_S9YgNx8znp0ECcgADv84WYU-4r4LARbRldVAtfpgTmufWFqTPv25nXqyTyaB7nfMllu"
        + "yNFtEUoClZBish7a0PVElD2X70hHS88V-_GdUXZ6u3gCWH3xACxkWr55fV5qL1qb19jjvAgEcx1mOtggOW374Dpni11L0iEKr-8Y"
        + "nf51wbDVVe6JrmyFZE433KlNuwNvIjBCkOMabaVOh_tXwWs7JBdMrn8vdI_T8R8azduTz3w"
    /// The same, signed with another padding under the same name.
    static let tokenWithPSS =
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhcGkta2V5Iiwic3ViIjoiY2xvc2VyLTEiLCJuYmYiOjE4MDAwMDA"
        + "wMDAsImV4cCI6MTgwMDAwMDMwMH0.WxexrVwHeJ8ORIxEIXVjDsC8xnEfN8o0AoCXCtNbbe-TDsiE7aexmSdpsBWA--LcnLKw-9B"
        + "osUy5VfyoF4yGDbkbEXJ5-yneXZGnE646RdoMx6dTN8KwBm9IIxlHDpzb26dpLNzvBJLwdtLsBWiRtbX9zWV6eLWN6JpzV0xta3z"
        + "8G4ElGIgskvkwpLw2lGvV5fLD6x4ZJsdZAy7CluLF6ryQROYOQVP-xW6l-oAUhEDOTy0E0WUZACUdYhV2MVCxgDL1Zxu2L9zuu5K"
        + "RZmEPsFYYBiFzwlXHTy9JTuv8oMR5q7AYiqhIktM67IIGfmX2r_KMf7sXanghurEqL4kysw"
    /// The same with `alg` none.
    static let tokenWithNone =
        "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhcGkta2V5Iiwic3ViIjoiY2xvc2VyLTEiLCJuYmYiOjE4MDAwMDAwMDAsImV4cCI6MTgw"
        + "MDAwMDMwMH0.QhcyO63l2AZrZDMbWx1pAxBjcXnlmKlBhipKvrMfKyzeoYeYC34c4kxmBnkw-dLIIUr6VH8tHFjClTTDpP35SogQ"
        + "2KVCChhEbVVhjORqhkcFSouIpWJ4WXxcGQvVoGposYI6cH6qEk7CpziWwSrzNWnOhiF-FQNLw-MX8slBgmRqAHzIcJR6lUlgSQsB"
        + "FLLf_aOJxJP1X4m8Pk6lJ5sLd41vU1Y_O2jdr00FsC_p2wyDsqmd86X0fej1fx6RdObjXJrsJrDTuBUEJ3gMUmjXQATPou19tayd"
        + "HJ7PysqbUR-eZBe41l8pAzMmXGeTuLcRQ47kYoFmHr_nZ62dmH75Kg"
    /// The same with `alg` HS256.
    static let tokenWithHS256 =
        "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJhcGkta2V5Iiwic3ViIjoiY2xvc2VyLTEiLCJuYmYiOjE4MDAwMDAwMDAsImV4cCI6MTg"
        + "wMDAwMDMwMH0.BeEtLjJEcvnV2XRTkBseokjGfJy6MS6louyTNd3FT0NgyGaEZT8jfdRbr2bD12Btr2qAeGwOTSrEKGY7C9jzBnI"
        + "tH4q6DjXONKhaUwwv5zXTAm-DRtjUXCwMszSgVkakuSknEcWjy6eJAACxAIfvWjtNSbdjj62g7zFCgf2nJRGNnJx6A3_zPrqNcKf"
        + "RKqmbJQGEmqJFDQMwTcWNWEqYUWmriU_G41mVV-wbfiXTh6KRA8RiZ0pAUXfr3vwJpi1l68wqnQ-WHd7IFU266LuZOD5REdhTENS"
        + "nsyg3GacHjrSfup8Zl1OkIQlqbzKAnjxOuo_sJLHuXvBgVn95pGcgqQ"
}
