drop table message_templates;
drop function relance.touch_message_template();
