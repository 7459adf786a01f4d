/* What the mails say, unless "chat_mail_templates" names others. */

#include "ngx_chat_mail.h"


const char  *const ngx_chat_mail_names[NGX_CHAT_MAIL_TEMPLATES] = {
    "verify",
    "exists",
    "test",
    "password_reset",
    "password_changed",
    "email_change",
    "email_taken",
    "email_changed",
    "email_reverted",
    "new_device",
    "factor_added",
    "factor_removed",
    "backup_code_used",
    "many_failures",
    "new_network",
    "key_package_burst",
    "deletion"
};


const ngx_chat_mail_template_t
    ngx_chat_mail_built_in[NGX_CHAT_MAIL_TEMPLATES] =
{
    { ngx_string("Your code for {{service}}: {{code}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"somebody, most likely you, made the account \"{{username}}\" at {{service}}\n"
"with this mail address. To confirm it, enter this code where you signed up:\n"
"\n"
"    {{code}}\n"
"\n"
"It is good for {{minutes}} minutes. Or open this page:\n"
"\n"
"{{link}}\n"
"\n"
"If it wasn't you, do nothing: without the confirmation the account ends by\n"
"itself. Nobody from {{service}} will ever ask you for this code.\n"),

      ngx_string(
"<!DOCTYPE html>\n"
"<html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n"
"<p>Hello {{display_name}},</p>\n"
"<p>somebody, most likely you, made the account <b>{{username}}</b> at\n"
"{{service}} with this mail address. To confirm it, enter this code where you\n"
"signed up:</p>\n"
"<p style=\"font-size:1.6em;letter-spacing:.15em\"><b>{{code}}</b></p>\n"
"<p>It is good for {{minutes}} minutes. Or\n"
"<a href=\"{{link}}\">open this page</a>.</p>\n"
"<p>If it wasn't you, do nothing: without the confirmation the account ends\n"
"by itself. Nobody from {{service}} will ever ask you for this code.</p>\n"
"</body></html>\n") },

    { ngx_string("You have an account at {{service}}"),

      ngx_string(
"Hello,\n"
"\n"
"somebody, perhaps you, tried to make an account at {{service}} with this\n"
"mail address. But you have one already: sign in with it.\n"
"\n"
"If it wasn't you, you need do nothing. Your account has not changed, and\n"
"nobody was told that it exists.\n"),

      ngx_string(
"<!DOCTYPE html>\n"
"<html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n"
"<p>Hello,</p>\n"
"<p>somebody, perhaps you, tried to make an account at {{service}} with this\n"
"mail address. But you have one already: sign in with it.</p>\n"
"<p>If it wasn't you, you need do nothing. Your account has not changed, and\n"
"nobody was told that it exists.</p>\n"
"</body></html>\n") },

    { ngx_string("A test of {{service}}'s mail"),

      ngx_string(
"This is the test mail that you asked for. If you can read it, {{service}}\n"
"can send mail.\n"),

      ngx_null_string },

    { ngx_string("A new password for {{service}}: {{code}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"somebody, most likely you, asked for a new password of the account\n"
"\"{{username}}\" at {{service}}. To set one, enter this code where you asked:\n"
"\n"
"    {{code}}\n"
"\n"
"It is good for {{minutes}} minutes. Or open this page:\n"
"\n"
"{{link}}\n"
"\n"
"All devices will have to sign in again. Your devices, keys and messages stay\n"
"as they are: a mail can not reset them.\n"
"\n"
"If it wasn't you, do nothing: the password stays as it is. Nobody from\n"
"{{service}} will ever ask you for this code.\n"),

      ngx_string(
"<!DOCTYPE html>\n"
"<html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n"
"<p>Hello {{display_name}},</p>\n"
"<p>somebody, most likely you, asked for a new password of the account\n"
"<b>{{username}}</b> at {{service}}. To set one, enter this code where you\n"
"asked:</p>\n"
"<p style=\"font-size:1.6em;letter-spacing:.15em\"><b>{{code}}</b></p>\n"
"<p>It is good for {{minutes}} minutes. Or <a href=\"{{link}}\">open this\n"
"page</a>.</p>\n"
"<p>All devices will have to sign in again. Your devices, keys and messages\n"
"stay as they are: a mail can not reset them.</p>\n"
"<p>If it wasn't you, do nothing: the password stays as it is. Nobody from\n"
"{{service}} will ever ask you for this code.</p>\n"
"</body></html>\n") },

    { ngx_string("Your password at {{service}} was changed"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"the password of the account \"{{username}}\" at {{service}} was changed at\n"
"{{time}}, from the network {{network}}.\n"
"\n"
"If it was you, there is nothing to do. If it wasn't, ask for a new password\n"
"at once: \"Forgot your password?\" at the sign-in. Then look through the list\n"
"of your devices.\n"),

      ngx_null_string },

    { ngx_string("Your new address at {{service}}: {{code}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"somebody, most likely you, wants this mail address for the account\n"
"\"{{username}}\" at {{service}}. To confirm it, enter this code in the app:\n"
"\n"
"    {{code}}\n"
"\n"
"It is good for {{minutes}} minutes. Or open this page:\n"
"\n"
"{{link}}\n"
"\n"
"If it wasn't you, do nothing: without the confirmation nothing changes.\n"
"Nobody from {{service}} will ever ask you for this code.\n"),

      ngx_string(
"<!DOCTYPE html>\n"
"<html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n"
"<p>Hello {{display_name}},</p>\n"
"<p>somebody, most likely you, wants this mail address for the account\n"
"<b>{{username}}</b> at {{service}}. To confirm it, enter this code in the\n"
"app:</p>\n"
"<p style=\"font-size:1.6em;letter-spacing:.15em\"><b>{{code}}</b></p>\n"
"<p>It is good for {{minutes}} minutes. Or <a href=\"{{link}}\">open this\n"
"page</a>.</p>\n"
"<p>If it wasn't you, do nothing: without the confirmation nothing changes.\n"
"Nobody from {{service}} will ever ask you for this code.</p>\n"
"</body></html>\n") },

    { ngx_string("You have an account at {{service}}"),

      ngx_string(
"Hello,\n"
"\n"
"somebody, perhaps you, wanted this mail address for another account at\n"
"{{service}}. But it belongs to one already, and stays there.\n"
"\n"
"If it wasn't you, you need do nothing. Your account has not changed, and\n"
"nobody was told that it exists.\n"),

      ngx_null_string },

    { ngx_string("Your account at {{service}} has another address now"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"the account \"{{username}}\" at {{service}} got another mail address at\n"
"{{time}}, from the network {{network}}. This is the last mail to this one.\n"
"\n"
"If it was you, there is nothing to do. If it wasn't, take it back within\n"
"{{days}} days on this page:\n"
"\n"
"{{link}}\n"
"\n"
"That signs all devices out, removes factors that were added since or in the\n"
"seven days before, and sends you a way to set a new password.\n"),

      ngx_string(
"<!DOCTYPE html>\n"
"<html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n"
"<p>Hello {{display_name}},</p>\n"
"<p>the account <b>{{username}}</b> at {{service}} got another mail address\n"
"at {{time}}, from the network {{network}}. This is the last mail to this\n"
"one.</p>\n"
"<p>If it was you, there is nothing to do. If it wasn't, <a\n"
"href=\"{{link}}\">take it back</a> within {{days}} days.</p>\n"
"<p>That signs all devices out, removes factors that were added since or in\n"
"the seven days before, and sends you a way to set a new password.</p>\n"
"</body></html>\n") },

    { ngx_string("Your account at {{service}} has this address again"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"the account \"{{username}}\" at {{service}} has this mail address again.\n"
"Everybody is signed out, and the old password is good no more. Set a new one\n"
"on this page, within {{minutes}} minutes:\n"
"\n"
"{{link}}\n"
"\n"
"Later, ask for a new password at the sign-in. Then look through the list of\n"
"your devices, and remove those that aren't yours.\n"),

      ngx_string(
"<!DOCTYPE html>\n"
"<html lang=\"en\"><body style=\"font-family:sans-serif;line-height:1.5\">\n"
"<p>Hello {{display_name}},</p>\n"
"<p>the account <b>{{username}}</b> at {{service}} has this mail address\n"
"again. Everybody is signed out, and the old password is good no more. <a\n"
"href=\"{{link}}\">Set a new one</a> within {{minutes}} minutes.</p>\n"
"<p>Later, ask for a new password at the sign-in. Then look through the list\n"
"of your devices, and remove those that aren't yours.</p>\n"
"</body></html>\n") },

    { ngx_string("A new device at {{service}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"a new device signed in to the account \"{{username}}\" at {{service}} at\n"
"{{time}}, from the network {{network}}. It calls itself:\n"
"\n"
"    {{device}}\n"
"\n"
"If it was you, there is nothing to do. If it wasn't, change your password at\n"
"once, and remove the device from the list of your devices.\n"),

      ngx_null_string },

    { ngx_string("A new way to sign in at {{service}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"the account \"{{username}}\" at {{service}} got one more way to prove itself\n"
"at {{time}}, from the network {{network}}: {{factor}}.\n"
"\n"
"If it wasn't you, change your password at once, and remove it in the\n"
"settings.\n"),

      ngx_null_string },

    { ngx_string("A way to sign in at {{service}} was removed"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"a way to prove itself was removed from the account \"{{username}}\" at\n"
"{{service}} at {{time}}, from the network {{network}}: {{factor}}.\n"
"\n"
"If it wasn't you, change your password at once, and look through the list of\n"
"your devices.\n"),

      ngx_null_string },

    { ngx_string("A backup code was used at {{service}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"a backup code of the account \"{{username}}\" at {{service}} was used at\n"
"{{time}}, from the network {{network}}.\n"
"\n"
"If it wasn't you, change your password at once, and make new backup codes in\n"
"the settings.\n"),

      ngx_null_string },

    { ngx_string("Somebody is guessing at your password for {{service}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"somebody tries passwords for the account \"{{username}}\" at {{service}}, from\n"
"many networks, lately at {{time}}. None was right.\n"
"\n"
"If your password is used nowhere else, there is nothing to do. A second\n"
"factor makes the account safer.\n"),

      ngx_null_string },

    { ngx_string("A sign-in from elsewhere at {{service}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"somebody signed in to the account \"{{username}}\" at {{service}} at {{time}},\n"
"from a network that it was never used from: {{network}}.\n"
"\n"
"If it was you, there is nothing to do. If it wasn't, change your password at\n"
"once, and look through the list of your devices.\n"),

      ngx_null_string },

    { ngx_string("Unusual requests for your keys at {{service}}"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"unusually many key packages of the account \"{{username}}\" at {{service}}\n"
"were asked for, lately at {{time}}. Nobody can read your messages with them,\n"
"but somebody may want to keep others from reaching you.\n"),

      ngx_null_string },

    { ngx_string("Your account at {{service}} will be deleted"),

      ngx_string(
"Hello {{display_name}},\n"
"\n"
"somebody, most likely you, asked {{service}} to delete the account\n"
"\"{{username}}\". At {{time}} it is erased, with all that\n"
"{{service}} holds of it. Nobody can bring it back after that.\n"
"\n"
"To keep it, sign in before then: that alone ends the deletion. If it wasn't\n"
"you who asked, do that now, change your password, and look through the list\n"
"of your devices.\n"),

      ngx_null_string }
};
