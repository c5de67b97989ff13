<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
    <context>
        <name>chat2anyllm</name>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>Language</source>
            <translation>语言</translation>
        </message>
        <message>
            <location filename="chat2anyllm_desktop/ui/dialogs/settings.py"></location>
            <source>As the system</source>
            <translation>跟随系统</translation>
        </message>
    </context>
</TS>
